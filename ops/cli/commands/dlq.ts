/** `millrace dlq`: the dead letters, to look at, to process again, or to give up. */
import type { Command } from 'commander';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { DeadLetterFilter } from '../../dlq/index.ts';
import { openObserver, type DeadLetterDetail, type Instance } from '../../instance/index.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { printable, table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface FilterOptions {
  readonly node?: string;
  readonly code?: string;
  readonly topic?: string;
}

interface SelectionOptions extends FilterOptions {
  readonly all?: boolean;
}

/** Of a value that nobody can read, the beginning is enough. */
const SHOWN_VALUE_BYTES = 2048;

export const register: Register = (program) => {
  const dlq = program
    .command('dlq')
    .description('dead letters: list, show, retry or purge what could not be processed')
    .addHelpText('after', '\nAn id is partition:offset in the dead-letter topic, as `list` prints it.\n\nExamples:\n  millrace dlq list --code MILL_MEDIA_CORRUPT\n  millrace dlq show 0:17\n  millrace dlq retry 0:17\n  millrace dlq retry --all --node decode-segment\n  millrace dlq purge --all');

  filtered(dlq.command('list').description('the newest first'))
    .option('--limit <count>', 'how many', '20')
    .option('--json', 'print everything as JSON, one letter a line')
    .action((options: FilterOptions & { readonly limit: string; readonly json?: boolean }, command: Command) => withInstance(command, (instance, context) => list(instance, context, options)));

  dlq.command('show').description('one letter: the error, its stack, and the raw record').argument('<id>').option('--json', 'print it as JSON, bytes in base64')
    .action((id: string, { json = false }: { readonly json?: boolean }, command: Command) => withInstance(command, async (instance, { terminal }) => {
      const letter = await instance.deadLetter(id);
      if (json) terminal.print(JSON.stringify(letter, null, 2));
      else show(terminal, letter);
    }));

  filtered(dlq.command('retry').description('send letters on to be processed again, once their cause is mended').argument('[id...]')).option('--all', 'all that the other options select')
    .action((ids: string[], options: SelectionOptions, command: Command) => withInstance(command, async (instance, { terminal }) => {
      terminal.print(`${counted(await instance.retryDeadLetters(selection(ids, options)))} sent to be processed again`);
    }));

  filtered(dlq.command('purge').description('give letters up: they are listed no more, and deleted').argument('[id...]')).option('--all', 'all that the other options select')
    .action((ids: string[], options: SelectionOptions, command: Command) => withInstance(command, async (instance, { terminal }) => {
      terminal.print(`${counted(await instance.purgeDeadLetters(selection(ids, options)))} purged`);
    }));
};

const filtered = (command: Command): Command => command
  .option('--node <name>', 'that failed at this node of the topology')
  .option('--code <code>', 'that failed with this error code')
  .option('--topic <name>', 'that came from this topic');

async function withInstance(command: Command, act: (instance: Instance, context: CommandContext) => Promise<void>): Promise<void> {
  const context = contextOf(command);
  const instance = await openObserver(await context.config(), context.paths);
  try {
    await act(instance, context);
  } finally {
    await instance.close();
  }
}

const counted = (count: number): string => (count === 1 ? '1 dead letter' : `${count} dead letters`);

function filterOf({ node, code, topic }: FilterOptions): DeadLetterFilter {
  return { ...(node === undefined ? {} : { node }), ...(code === undefined ? {} : { code }), ...(topic === undefined ? {} : { topic }) };
}

/** Ids, or `--all`: nobody means everything by saying nothing. */
function selection(ids: readonly string[], options: SelectionOptions): DeadLetterFilter {
  if (ids.length > 0 === (options.all ?? false)) throw new MillraceError('MILL_CONFIG_INVALID', 'Name the ids of dead letters, or give --all.', { hint: 'millrace dlq list shows the ids.' });
  return ids.length > 0 ? { ...filterOf(options), ids } : filterOf(options);
}

async function list(instance: Instance, { terminal }: CommandContext, options: FilterOptions & { readonly limit: string; readonly json?: boolean }): Promise<void> {
  const letters = await instance.deadLetters(wholeNumber('--limit', options.limit), filterOf(options));
  if (options.json === true) {
    for (const letter of letters) terminal.print(JSON.stringify(letter));
    return;
  }
  if (letters.length === 0) {
    terminal.print('There are no such dead letters.');
    return;
  }
  const assets = await instance.assets([...new Set(letters.flatMap(({ assetId }) => assetId ?? []))]);
  const names = new Map(assets.map(({ assetId, fileName }) => [assetId, fileName]));
  const rows = letters.map(({ id, atMs, node, code, assetId, message }) =>
    [id, new Date(atMs).toISOString(), node, code, printable(names.get(assetId ?? '') ?? assetId ?? ''), printable(message)]);
  for (const line of table([['id', 'at', 'node', 'code', 'asset', 'message'], ...rows])) terminal.print(line);
}

function show(terminal: Terminal, letter: DeadLetterDetail): void {
  const { id, topic, partition, offset, timestampMs, node, code, exception, message, stacktrace, atMs, key, value, headers } = letter;
  const rows = [
    ['id', id], ['failed', `${new Date(atMs).toISOString()} at ${node}`], ['code', code], ['exception', exception], ['message', message],
    ['source', `${topic}/${partition} at offset ${offset}, ${new Date(timestampMs).toISOString()}`], ['key', text(key)], ['value', text(value)],
    ...Object.entries(headers).filter(([name]) => !name.startsWith('__streams.errors.')).map(([name, bytes]) => [`header ${name}`, text(bytes)]),
  ];
  for (const line of table(rows.map((cells) => cells.map(printable)))) terminal.print(line);
  if (stacktrace !== null && stacktrace !== '') terminal.print(`\n${stacktrace.split('\n').map(printable).join('\n')}`);
}

/** Bytes that are text as text, others in base64. */
function text(base64: string | null): string {
  if (base64 === null) return '(null)';
  const bytes = Buffer.from(base64, 'base64');
  const shown = bytes.subarray(0, SHOWN_VALUE_BYTES);
  const readable = Buffer.from(shown.toString()).equals(shown) && !shown.includes(0);
  const rest = bytes.length > shown.length ? ` … (${bytes.length} bytes)` : '';
  return `${readable ? shown.toString() : `base64:${shown.toString('base64')}`}${rest}`;
}
