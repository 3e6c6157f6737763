/** `millrace stack`: Kafka and the schema registry on this machine, without containers. */
import type { Command } from 'commander';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { shortPath, type Paths } from '../../paths.ts';
import { downStack, stackLogs, stackStatus, upStack, type StackReport } from '../../stack/index.ts';
import { contextOf, stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { installServers } from '../servers-setup.ts';
import { table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

const STACKS = ['kafka'];

export const register: Register = (program) => {
  const stack = program
    .command('stack')
    .description('start and stop Kafka and the schema registry on this machine')
    .addHelpText('after', `
They need Java 17 or newer and, once, Maven; they listen on 127.0.0.1 only. Data and logs lie in the data directory, and stay.

Examples:
  millrace stack up kafka                one broker and the registry
  millrace stack up kafka --brokers 3    a cluster
  export $(millrace stack up kafka)      and their addresses as variables of this shell
  millrace stack down`);
  stack
    .command('up')
    .description('start what does not run yet; prints the addresses')
    .argument('[stack]', `which: ${STACKS.join(', ')}`, STACKS[0])
    .option('--brokers <count>', 'how many brokers: 1 or 3 (default: as before, or 1)')
    .addHelpText('after', '\nExample:\n  millrace stack up kafka --brokers 3')
    .action(async (name: string, options: { brokers?: string }, command: Command) => {
      await up(stoppableContextOf(command), name, options.brokers);
    });
  stack
    .command('down')
    .description('stop the servers; their data stays')
    .argument('[stack]', `which: ${STACKS.join(', ')}`, STACKS[0])
    .addHelpText('after', '\nExample:\n  millrace stack down')
    .action(async (name: string, _options: unknown, command: Command) => {
      await down(contextOf(command), name);
    });
  stack
    .command('status')
    .description('which servers run and answer; exit code 1 unless all do')
    .argument('[stack]', `which: ${STACKS.join(', ')}`, STACKS[0])
    .option('--json', 'print everything as JSON')
    .addHelpText('after', '\nExample:\n  millrace stack status --json')
    .action(async (name: string, options: { json?: boolean }, command: Command) => {
      process.exitCode = await status(contextOf(command), name, options.json ?? false);
    });
  stack
    .command('logs')
    .description('the last lines that each server wrote')
    .argument('[stack]', `which: ${STACKS.join(', ')}`, STACKS[0])
    .option('--lines <count>', 'how many of each', '20')
    .addHelpText('after', '\nExample:\n  millrace stack logs --lines 100')
    .action(async (name: string, options: { lines: string }, command: Command) => {
      await logs(contextOf(command), name, options.lines);
    });
};

/** @throws MillraceError MILL_CONFIG_INVALID */
function directoryOf(paths: Paths, name: string): string {
  if (!STACKS.includes(name)) throw new MillraceError('MILL_CONFIG_INVALID', `There is no stack "${name}"; there is: ${STACKS.join(', ')}.`);
  return path.join(paths.data, 'stack', name);
}

async function up(context: CommandContext, name: string, brokers: string | undefined): Promise<void> {
  const directory = directoryOf(context.paths, name);
  const { bootstrap, registryUrl } = await upStack({
    directory, brokers: brokers === undefined ? undefined : brokerCount(brokers), signal: context.signal, prepare: () => installServers(context),
  });
  context.terminal.print(`MILLRACE_KAFKA_BROKERS=${bootstrap}`);
  context.terminal.print(`MILLRACE_SCHEMA_REGISTRY=${registryUrl}`);
}

function brokerCount(value: string): 1 | 3 {
  const count = wholeNumber('--brokers', value);
  if (count !== 1 && count !== 3) throw new MillraceError('MILL_CONFIG_INVALID', `--brokers takes 1 or 3, not ${value}`);
  return count;
}

async function down({ terminal, paths }: CommandContext, name: string): Promise<void> {
  const report = await downStack(directoryOf(paths, name));
  if (report === null) terminal.note('no stack was started in this data directory');
  else terminal.note(`stopped; the data stays in ${shortPath(report.directory)}`);
}

async function status({ terminal, paths }: CommandContext, name: string, json: boolean): Promise<number> {
  const report = await stackStatus(directoryOf(paths, name));
  if (json) terminal.print(JSON.stringify(report, null, 2));
  else if (report === null) terminal.note('no stack was started in this data directory: ./millrace stack up');
  else render(terminal, report);
  return report?.servers.every(({ state }) => state === 'up') === true ? EXIT.ok : EXIT.failure;
}

function render(terminal: Terminal, { servers }: StackReport): void {
  const rows = servers.map(({ name, state, pid, address, logFile }) => [name, state, pid === null ? '' : String(pid), address, shortPath(logFile)]);
  for (const line of table([['server', 'state', 'process', 'address', 'log'], ...rows])) terminal.print(line);
  if (servers.some(({ state }) => state === 'down')) terminal.print('\nTo start what is down:  ./millrace stack up');
}

async function logs({ terminal, paths }: CommandContext, name: string, lines: string): Promise<void> {
  const found = await stackLogs(directoryOf(paths, name), wholeNumber('--lines', lines));
  if (found.length === 0) terminal.note('no stack was started in this data directory: ./millrace stack up');
  for (const { file, text } of found) terminal.print(`==> ${shortPath(file)}\n${text}\n`);
}
