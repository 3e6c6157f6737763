/** `millrace inbox`: publishes what is put into a bucket, until Ctrl-C. */
import type { Command } from 'commander';
import path from 'node:path';
import { notifyTarget, openS3Client, whyNotListen, type S3Client } from '../../../connectors/minio/index.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { openMediaProducer } from '../../../connectors/producer/index.ts';
import type { Config } from '../../config/index.ts';
import { ensureMediaTopics } from '../../ingest/index.ts';
import { Checkpoint, Intake, runInbox, serveWebhook, type InboxMode } from '../../inbox/index.ts';
import { patiently } from '../../instance/index.ts';
import { kafkaOf, registryOf, s3Of } from '../../profile/index.ts';
import { stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { wholeNumber } from '../whole-number.ts';

const MODES = ['auto', 'listen', 'webhook', 'poll'] as const;
/** Where nobody tells of objects, the listing is all there is. */
const LIST_EVERY_S = { poll: 10, listen: 300, webhook: 60 } as const;
const REPORT_EVERY_MS = 10_000;

interface InboxCommandOptions {
  readonly mode: string;
  readonly library: string;
  readonly bulk?: boolean;
  readonly prefix: string;
  readonly listEvery?: string;
  readonly listenOn: string;
  readonly arn: string;
}

export const register: Register = (program) => {
  program
    .command('inbox')
    .description('publish what is put into the inbox bucket, until Ctrl-C; nothing is lost while it does not run')
    .option('--mode <mode>', `how it hears of objects: ${MODES.join(', ')}`, 'auto')
    .option('--library <name>', 'the tenant that they belong to', 'default')
    .option('--bulk', 'after live work, not before it')
    .option('--prefix <prefix>', 'objects whose keys begin so', '')
    .option('--list-every <seconds>', `also list the bucket so often (default: ${LIST_EVERY_S.poll} when polling, ${LIST_EVERY_S.webhook} with a webhook, ${LIST_EVERY_S.listen} when listening)`)
    .option('--listen-on <address>', 'webhook: host:port that the object store posts to', '127.0.0.1:8585')
    .option('--arn <arn>', 'webhook: the target, as MinIO names it at its start', 'arn:minio:sqs::MILLRACE:webhook')
    .addHelpText('after', `
auto listens where the object store is a MinIO that can be listened to, and polls elsewhere. The bucket is that of
MILLRACE_S3_INBOX_BUCKET. A webhook needs MILLRACE_S3_INBOX_TOKEN; docs/inbox.md has the settings of MinIO.

Examples:
  millrace inbox
  millrace inbox --mode webhook --listen-on 0.0.0.0:8585`)
    .action(async (options: InboxCommandOptions, command: Command) => {
      await inbox(stoppableContextOf(command), options);
    });
};

async function inbox(context: CommandContext, options: InboxCommandOptions): Promise<void> {
  const { signal, notice, paths } = context;
  const config = await context.config();
  const [kafka, registry, s3] = [kafkaOf(config), registryOf(config), s3Of(config)];
  if (kafka === null || registry === null || s3 === null) {
    throw new MillraceError('MILL_CONFIG_INVALID', 'An inbox needs Kafka, a schema registry and an object store.', { hint: 'Name them: MILLRACE_KAFKA_BROKERS, MILLRACE_SCHEMA_REGISTRY, MILLRACE_S3_ENDPOINT, MILLRACE_S3_ACCESS_KEY, MILLRACE_S3_SECRET_KEY.' });
  }
  const { library, prefix } = options;
  const bucket = config.s3.inboxBucket;
  const client = openS3Client(s3);
  const patience = { signal, notice };
  await patiently(async () => {
    if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket);
  }, patience);
  const mode = await chooseMode(options.mode, client, bucket, context);
  await patiently(() => ensureMediaTopics(config, paths), patience);
  const checkpoint = await Checkpoint.open(path.join(paths.data, 'inbox', `${bucket}.journal`));
  const producer = await patiently(() => openMediaProducer({ kafka, registry, library, priority: options.bulk === true ? 'BULK' : 'LIVE' }), patience, (opened) => void opened.close());
  const published = countPublished(notice);
  const intake = new Intake({ client, bucket, producer, checkpoint, onPublished: published.add });
  const webhook = mode === 'webhook' ? await openWebhook(config, client, intake, context, options) : null;
  try {
    notice(`watching s3://${bucket}/${prefix} (${mode}); ${checkpoint.size} objects are known; stop with Ctrl-C`);
    const listEveryMs = 1000 * (options.listEvery === undefined ? LIST_EVERY_S[mode] : Math.max(1, wholeNumber('--list-every', options.listEvery)));
    await runInbox({ client, bucket, prefix, mode, intake, checkpoint, listEveryMs, signal, notice, onReconciled: published.report });
  } finally {
    await webhook?.close();
    await producer.close();
    await intake.settled();
    published.stop();
    await checkpoint.close();
    client.close();
  }
}

async function chooseMode(given: string, client: S3Client, bucket: string, { signal, notice }: CommandContext): Promise<InboxMode> {
  const mode = MODES.find((name) => name === given);
  if (mode === undefined) throw new MillraceError('MILL_CONFIG_INVALID', `--mode takes ${MODES.join(', ')}, not "${given}"`);
  if (mode === 'webhook' || mode === 'poll') return mode;
  const reason = await whyNotListen(client, bucket, signal);
  if (reason === null) return 'listen';
  if (mode === 'listen') throw new MillraceError('MILL_BLOBS_REFUSED', `The object store cannot be listened to: ${reason}`, { hint: 'Use --mode webhook or --mode poll.' });
  notice(`the object store cannot be listened to, so it is polled: ${reason}`);
  return 'poll';
}

async function openWebhook({ s3: { inboxBucket: bucket, inboxToken: token } }: Config, client: S3Client, intake: Intake, { notice }: CommandContext, { listenOn, arn, prefix }: InboxCommandOptions): Promise<{ close(): Promise<void> }> {
  const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(listenOn) ?? [];
  if (port === '') throw new MillraceError('MILL_CONFIG_INVALID', `--listen-on takes host:port, not "${listenOn}"`);
  if (token === undefined) throw new MillraceError('MILL_CONFIG_INVALID', 'A webhook needs a token, or anybody could post to it.', { hint: 'Set MILLRACE_S3_INBOX_TOKEN, and the same in the object store: MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_MILLRACE.' });
  // MinIO sends one that has a blank in it in another form.
  if (/\s/.test(token)) throw new MillraceError('MILL_CONFIG_INVALID', 'MILLRACE_S3_INBOX_TOKEN has a blank in it.');
  const server = await serveWebhook({ host: host.replace(/^\[|\]$/g, ''), port: Number(port), token, bucket, intake, notice });
  notice(`notifications are taken at ${server.url}`);
  try {
    await notifyTarget(client, bucket, { arn, prefix });
  } catch (error) {
    await server.close();
    if (!(error instanceof MillraceError && error.code === 'MILL_BLOBS_REFUSED')) throw error;
    const id = arn.split(':').at(-2) ?? 'MILLRACE';
    throw new MillraceError('MILL_BLOBS_REFUSED', `The object store has no target ${arn}: ${error.message}`, {
      cause: error,
      hint: `Start MinIO with MINIO_NOTIFY_WEBHOOK_ENABLE_${id}=on MINIO_NOTIFY_WEBHOOK_ENDPOINT_${id}=${server.url} MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_${id}=<the token> MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_${id}=<a folder>`,
    });
  }
  return server;
}

/** A line now and then, as long as there is something to say. */
function countPublished(notice: (line: string) => void): { readonly add: () => void; readonly report: () => void; readonly stop: () => void } {
  let count = 0;
  const report = (): void => {
    if (count > 0) notice(`${count} ${count === 1 ? 'object' : 'objects'} published`);
    count = 0;
  };
  const timer = setInterval(report, REPORT_EVERY_MS);
  return {
    add: () => { count += 1; },
    report,
    stop: () => {
      clearInterval(timer);
      report();
    },
  };
}
