/** `millrace add`: submits files and folders and follows them to the end. */
import type { Command } from 'commander';
import type { AssetSubmitted, AuditEvent } from '../../../schemas/index.ts';
import { scan } from '../../ingest/scan.ts';
import { openInstance } from '../../instance/index.ts';
import type { Instance } from '../../instance/instance.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { followAssets } from '../follow.ts';
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

function report(terminal: Terminal, names: ReadonlyMap<string, string>, outcome: ReadonlyMap<string, AuditEvent>, tookMs: number): AddSummary {
  const byType = new Map<AuditEvent['type'], AuditEvent[]>();
  for (const event of outcome.values()) byType.set(event.type, [...(byType.get(event.type) ?? []), event]);
  const count = (type: AuditEvent['type']): number => byType.get(type)?.length ?? 0;

  const parts = [
    [count('COMPLETED'), 'complete'], [count('PARTIAL'), 'partial'], [count('DUPLICATE'), 'duplicate'],
    [count('UNCHANGED'), 'unchanged'], [count('REJECTED'), 'rejected'], [count('REMOVED'), 'removed meanwhile'],
  ].filter(([n]) => n !== 0).map(([n, word]) => `${n ?? 0} ${word ?? ''}`);
  const unchanged = count('UNCHANGED');
  if (names.size > 0 && unchanged === names.size) terminal.print(`All ${names.size} assets are known and unchanged: nothing was processed again.`);
  else terminal.print(`${names.size} assets in ${formatDuration(tookMs)}: ${parts.join(', ')}`);

  for (const type of ['PARTIAL', 'REJECTED'] as const) {
    for (const { assetId, detail } of byType.get(type) ?? []) {
      terminal.print(`  ${type.toLowerCase()}: ${printable(names.get(assetId) ?? assetId)}: ${printable(detail)}`);
    }
  }
  return { submitted: names.size, unchanged, failed: count('PARTIAL') + count('REJECTED') };
}
