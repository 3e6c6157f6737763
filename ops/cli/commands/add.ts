/** `millrace add`: submits files and folders and follows them to the end. */
import type { Command } from 'commander';
import type { AssetSubmitted, AuditEvent } from '../../../schemas/index.ts';
import { scan } from '../../ingest/scan.ts';
import { openInstance } from '../../instance/index.ts';
import type { Instance } from '../../instance/instance.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
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
      const context = contextOf(command);
      await prepare(context);
      const instance = await openInstance(context.paths, { notice: (line) => { context.terminal.note(line); } });
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
  readonly failed: number;
}

const WORDS: readonly (readonly [AuditEvent['type'], string])[] = [
  ['COMPLETED', 'complete'], ['PARTIAL', 'partial'], ['DUPLICATE', 'exact duplicates'], ['UNCHANGED', 'unchanged'],
  ['REJECTED', 'rejected'], ['REMOVED', 'removed meanwhile'],
];

/** Submits what is under the paths, follows it, and prints the outcome. */
export async function addPaths(instance: Instance, context: CommandContext, paths: readonly string[], options: AddOptions): Promise<AddSummary> {
  const { terminal } = context;
  const startedMs = Date.now();
  const events: AssetSubmitted[] = [];
  for await (const event of scan(paths, { library: options.library, priority: options.bulk === true ? 'BULK' : 'LIVE' })) events.push(event);
  const cursor = await instance.auditEnd();
  await instance.submit(events);
  const names = new Map(events.map((event) => [event.assetId, event.fileName]));
  const outcome = await followAssets(instance, context, { assetIds: [...names.keys()], cursor, label: 'processing' });
  return report(terminal, names, outcome, Date.now() - startedMs);
}

function report(terminal: Terminal, names: ReadonlyMap<string, string>, outcome: ReadonlyMap<string, FollowedAsset>, tookMs: number): AddSummary {
  const ends = [...outcome.values()];
  const count = (...types: AuditEvent['type'][]): number => ends.filter(({ event }) => types.includes(event.type)).length;
  const unchanged = count('UNCHANGED');
  const failed = count('PARTIAL', 'REJECTED');
  if (names.size === 0) terminal.print('There are no files under these paths.');
  else if (unchanged === names.size) terminal.print(`All ${names.size} assets are known and unchanged: nothing was processed again.`);
  else {
    const parts = WORDS.map(([type, word]) => [count(type), word] as const).filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`);
    const processed = ends.filter(({ event }) => event.type === 'COMPLETED' || event.type === 'PARTIAL');
    const playsMs = processed.reduce((sum, { document }) => sum + (document?.durationMs ?? 0), 0);
    terminal.print(`${names.size} assets in ${formatDuration(tookMs)}: ${parts.join(', ')}`);
    if (playsMs > 0) terminal.print(`The video and audio among them play for ${formatDuration(playsMs)}.`);
  }
  for (const { event: { type, assetId, detail } } of ends) {
    if (type === 'PARTIAL' || type === 'REJECTED') terminal.print(`  ${type.toLowerCase()}: ${printable(names.get(assetId) ?? assetId)}: ${printable(detail)}`);
  }
  return { submitted: names.size, unchanged, failed };
}
