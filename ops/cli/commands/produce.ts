/** `millrace produce`: publishes media events to a cluster, whose workers need not be on this machine. */
import type { Command } from 'commander';
import { openS3Client, type S3Client } from '../../../connectors/minio/index.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { openMediaProducer, type MediaProducer } from '../../../connectors/producer/index.ts';
import type { Config } from '../../config/index.ts';
import { assetsNamed, collect, ensureMediaTopics, publish, type PublishSummary, type SourceBucket } from '../../ingest/index.ts';
import { openObserver, type Instance } from '../../instance/index.ts';
import { shortPath } from '../../paths.ts';
import { kafkaOf, registryOf, s3Of } from '../../profile/index.ts';
import { stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { followAssets } from '../follow.ts';
import { startProgress } from '../progress.ts';
import { formatBytes, formatDuration, printable } from '../terminal.ts';

interface ProduceOptions {
  readonly library: string;
  readonly bulk?: boolean;
  readonly inPlace?: boolean;
  readonly remove?: boolean;
  readonly follow?: boolean;
}

export const register: Register = (program) => {
  program
    .command('produce')
    .description('publish media events to a cluster: files and folders, or objects of a bucket')
    .argument('<place...>', 'files, folders, s3://bucket/folder/ or s3://bucket/key; with --remove also asset ids')
    .option('--library <name>', 'the tenant that they belong to', 'default')
    .option('--bulk', 'after live work, not before it')
    .option('--in-place', 'do not upload files: workers read them under the same path')
    .option('--remove', 'publish tombstones instead: the assets are taken away')
    .option('--follow', 'wait until they can be searched, or are gone')
    .addHelpText('after', `
Where an object store is configured, files are uploaded to its bucket of sources first, unless the same bytes are there.
Exit code 4 when a file was passed over or, with --follow, when an asset did not become complete.

Examples:
  millrace produce samples/
  millrace produce --library news --bulk s3://archive/2025/
  millrace produce --in-place /mnt/shared/videos`)
    .action(async (places: string[], options: ProduceOptions, command: Command) => {
      process.exitCode = await produce(stoppableContextOf(command), places, options);
    });
};

/** What a run works with. */
interface Session {
  readonly producer: MediaProducer;
  /** `null` where no object store is configured. */
  readonly client: S3Client | null;
  readonly config: Config;
}

/** @returns the exit code */
async function produce(context: CommandContext, places: readonly string[], options: ProduceOptions): Promise<number> {
  const config = await context.config();
  const [kafka, registry, s3] = [kafkaOf(config), registryOf(config), s3Of(config)];
  if (kafka === null || registry === null) {
    throw new MillraceError('MILL_CONFIG_INVALID', 'There is no cluster to publish to: this is the embedded profile.', { hint: 'Process files here: millrace add PATH. Or name Kafka and the registry: MILLRACE_KAFKA_BROKERS, MILLRACE_SCHEMA_REGISTRY.' });
  }
  await ensureMediaTopics(config, context.paths);
  const instance = options.follow === true ? await openFollowed(config, context) : null;
  const client = s3 === null ? null : openS3Client(s3);
  const producer = await openMediaProducer({ kafka, registry, library: options.library, priority: options.bulk === true ? 'BULK' : 'LIVE' });
  try {
    const session = { producer, client, config };
    return await (options.remove === true ? removeAll : submitAll)(session, context, places, options, instance);
  } finally {
    await producer.close();
    client?.close();
    await instance?.close();
  }
}

/** Who waits for documents must be able to see them. */
async function openFollowed(config: Config, { paths }: CommandContext): Promise<Instance> {
  const instance = await openObserver(config, paths);
  if (config.elasticsearch.url !== undefined || (await instance.status()).processId !== null) return instance;
  await instance.close();
  throw new MillraceError('MILL_NOT_RUNNING', 'The index lies in the data directory of another instance, so --follow cannot see what becomes of the assets.', { hint: 'Leave --follow out, run it where that instance runs (--data), or keep the index in Elasticsearch.' });
}

async function submitAll({ producer, client, config }: Session, context: CommandContext, places: readonly string[], options: ProduceOptions, instance: Instance | null): Promise<number> {
  const { terminal, signal } = context;
  const startedMs = Date.now();
  let passedOver = 0;
  const onPassedOver = (place: string, reason: string): void => {
    passedOver += 1;
    terminal.note(`passed over: ${printable(shortPath(place))}: ${printable(reason)}`);
  };
  const events = await collect(places, client, { library: options.library, priority: options.bulk === true ? 'BULK' : 'LIVE', onPassedOver }, signal);
  const files = events.filter(({ sourceUri }) => sourceUri.startsWith('file:'));
  const uploadTo: SourceBucket | null = client === null || options.inPlace === true || files.length === 0 ? null : { client, bucket: config.s3.sourceBucket };
  if (files.length > 0 && uploadTo === null && options.inPlace !== true) context.notice('no object store is configured: workers have to find the files under the same paths');
  const cursor = await instance?.auditEnd();
  const totalBytes = uploadTo === null ? 0 : files.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  const progress = uploadTo === null ? startProgress(terminal, { label: 'publishing', unit: 'assets' }) : startProgress(terminal, { label: 'uploading', format: formatBytes });
  const assetIds: string[] = [];
  let summary: PublishSummary;
  try {
    summary = await publish(events, {
      producer, uploadTo, signal, onPassedOver,
      onPublished: ({ assetId }) => { assetIds.push(assetId); },
      onProgress: ({ published, bytes }) => {
        if (uploadTo === null) progress.update(published, events.length);
        else progress.update(bytes, Math.max(bytes, totalBytes), `${published} of ${events.length} published`);
      },
    });
  } finally {
    progress.stop();
  }
  report(context, summary, Date.now() - startedMs, uploadTo);
  if (instance === null || cursor === undefined) {
    if (summary.published > 0) terminal.note('What becomes of them: millrace status. When workers are done: millrace search "..."');
    return passedOver === 0 ? EXIT.ok : EXIT.incomplete;
  }
  const ends = await followAssets(instance, context, { assetIds, cursor, label: 'processing' });
  const states = [...ends.values()].map(({ document }) => document?.state ?? 'REMOVED');
  const incomplete = states.filter((state) => state !== 'COMPLETE').length;
  terminal.print(`${states.length - incomplete} of ${states.length} complete`);
  return passedOver + incomplete === 0 ? EXIT.ok : EXIT.incomplete;
}

function report({ terminal }: CommandContext, { published, uploaded, present, bytes }: PublishSummary, tookMs: number, uploadTo: SourceBucket | null): void {
  if (published === 0) {
    terminal.print('There is nothing to publish under these places.');
    return;
  }
  terminal.print(`${published} ${published === 1 ? 'event' : 'events'} published in ${formatDuration(tookMs)}`);
  if (uploadTo !== null) terminal.print(`${uploaded} ${uploaded === 1 ? 'file' : 'files'} uploaded to s3://${uploadTo.bucket}, ${present} there already (${formatBytes(bytes)} in all)`);
}

async function removeAll({ producer, client }: Session, context: CommandContext, places: readonly string[], { library }: ProduceOptions, instance: Instance | null): Promise<number> {
  const { terminal } = context;
  const assetIds = new Set<string>();
  for (const place of places) for await (const assetId of assetsNamed(place, library, client)) assetIds.add(assetId);
  const cursor = await instance?.auditEnd();
  await producer.remove([...assetIds]);
  terminal.print(`${assetIds.size} ${assetIds.size === 1 ? 'tombstone' : 'tombstones'} published`);
  if (instance === null || cursor === undefined) return EXIT.ok;
  const ends = await followAssets(instance, context, { assetIds: [...assetIds], cursor, label: 'removing' });
  // Revision 0: there was no such asset.
  const known = [...ends.values()].filter(({ event }) => event.revision > 0).length;
  terminal.print(`${known} of ${assetIds.size} removed; ${assetIds.size - known} were not known`);
  return known === assetIds.size ? EXIT.ok : EXIT.incomplete;
}
