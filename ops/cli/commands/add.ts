/** `millrace add`: submits files and folders and follows them to the end. */
import type { Command } from 'commander';
import { fileURLToPath } from 'node:url';
import type { AssetSubmitted, AuditEvent } from '../../../schemas/index.ts';
import { scan } from '../../ingest/scan.ts';
import { openInstance, type Instance } from '../../instance/index.ts';
import { shortPath } from '../../paths.ts';
import { stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { followAssets, type FollowedAsset } from '../follow.ts';
import { prepare } from '../prepare.ts';
import { formatDuration, printable, type Terminal } from '../terminal.ts';

interface AddOptions {
  readonly library: string;
  readonly bulk?: boolean;
}

export const register: Register = (program) => {
  program
    .command('add')
    .description('process files and folders, and wait until they can be searched')
    .argument('<path...>', 'files and folders; hidden files are passed over')
    .option('--library <name>', 'the tenant that they belong to', 'default')
    .option('--bulk', 'after live work, not before it')
    .addHelpText('after', '\nExample:\n  millrace add ~/Videos talk.mp3')
    .action(async (paths: string[], options: AddOptions, command: Command) => {
      const context = stoppableContextOf(command);
      await prepare(context);
      const instance = await openInstance(await context.config(), context.paths, context);
      try {
        const summary = await addPaths(instance, context, paths, options);
        process.exitCode = summary.failed === 0 ? EXIT.ok : EXIT.incomplete;
      } finally {
        await instance.close();
      }
    });
};

export interface AddSummary {
  readonly submitted: number;
  readonly unchanged: number;
  /** Rejected, partial, or not to be read at all. */
  readonly failed: number;
}

const WORDS: readonly (readonly [AuditEvent['type'], string])[] = [
  ['COMPLETED', 'complete'], ['PARTIAL', 'partial'], ['DUPLICATE', 'exact duplicates'], ['UNCHANGED', 'unchanged'],
  ['REJECTED', 'rejected'], ['REMOVED', 'removed meanwhile'],
];
/** Of a long list, the first lines say enough. */
const FAILURES_SHOWN = 50;

/** Submits what is under the paths, follows it, and prints the outcome. */
export async function addPaths(instance: Instance, context: CommandContext, paths: readonly string[], options: AddOptions): Promise<AddSummary> {
  const { terminal, signal } = context;
  const startedMs = Date.now();
  /** A file that is named twice is one asset. */
  const events = new Map<string, AssetSubmitted>();
  let passedOver = 0;
  const onPassedOver = (place: string, reason: string): void => {
    passedOver += 1;
    terminal.note(`passed over: ${printable(shortPath(place))}: ${reason}`);
  };
  for await (const event of scan(paths, { library: options.library, priority: options.bulk === true ? 'BULK' : 'LIVE', onPassedOver })) {
    signal.throwIfAborted();
    events.set(event.assetId, event);
  }
  const cursor = await instance.auditEnd();
  await instance.submit([...events.values()]);
  const names = new Map([...events.values()].map(({ assetId, sourceUri }) => [assetId, shortPath(fileURLToPath(sourceUri))]));
  const outcome = await followAssets(instance, context, { assetIds: [...names.keys()], cursor, label: 'processing' });
  const { unchanged, failed } = report(terminal, names, [...outcome.values()], Date.now() - startedMs);
  return { submitted: names.size, unchanged, failed: failed + passedOver };
}

function report(terminal: Terminal, names: ReadonlyMap<string, string>, ends: readonly FollowedAsset[], tookMs: number): Pick<AddSummary, 'unchanged' | 'failed'> {
  const count = (type: AuditEvent['type']): number => ends.filter(({ event }) => event.type === type).length;
  const unchanged = count('UNCHANGED');
  if (names.size === 0) terminal.print('There are no files under these paths.');
  else if (unchanged === names.size) terminal.print(names.size === 1 ? 'The asset is known and unchanged: nothing was processed again.' : `All ${names.size} assets are known and unchanged: nothing was processed again.`);
  else {
    const parts = WORDS.map(([type, word]) => [count(type), word] as const).filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`);
    const processed = ends.filter(({ event }) => event.type === 'COMPLETED' || event.type === 'PARTIAL');
    const playsMs = processed.reduce((sum, { document }) => sum + (document?.durationMs ?? 0), 0);
    terminal.print(`${names.size} ${names.size === 1 ? 'asset' : 'assets'} in ${formatDuration(tookMs)}: ${parts.join(', ')}`);
    if (playsMs > 0) terminal.print(`The video and audio among them play for ${formatDuration(playsMs)}.`);
  }
  const failures = ends.flatMap(failureOf);
  for (const { assetId, words } of failures.slice(0, FAILURES_SHOWN)) terminal.print(`  ${printable(names.get(assetId) ?? assetId)}: ${printable(words)}`);
  if (failures.length > FAILURES_SHOWN) terminal.print(`  and ${failures.length - FAILURES_SHOWN} more: ./millrace status --dead-letters ${failures.length}`);
  if (failures.some(({ stays }) => stays)) terminal.print('What is partial stays so until its dead letters are retried (./millrace dlq list), its source changes, or it is removed and added again.');
  return { unchanged, failed: failures.length };
}

interface Failure {
  readonly assetId: string;
  readonly words: string;
  /** It ended so at an earlier time already. */
  readonly stays: boolean;
}

function failureOf({ event: { type, assetId, detail }, document }: FollowedAsset): Failure[] {
  if (type === 'PARTIAL' || type === 'REJECTED') return [{ assetId, words: `${type.toLowerCase()}: ${detail}`, stays: false }];
  if (type !== 'UNCHANGED' || document === null || document.state === 'COMPLETE') return [];
  return [{ assetId, words: `${document.state.toLowerCase()} as before: ${document.reasons.join('; ')}`, stays: document.state === 'PARTIAL' }];
}
