/** `millrace status`: the servers, assets by state, each stage's lag, and why things failed. What a server that is down would know is `unknown`. */
import type { Command } from 'commander';
import { toMillraceError } from '../../../connectors/ports/index.ts';
import { openObserver, type Instance, type StatusReport } from '../../instance/index.ts';
import type { DeadLetter } from '../../../schemas/index.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { printable, table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface StatusOptions {
  readonly json?: boolean;
  readonly deadLetters: string;
}

/** The server that would know does not answer. */
const UNKNOWN = 'unknown';

interface NamedDeadLetter extends DeadLetter {
  /** `null` where the asset has no document. */
  readonly fileName: string | null;
}

export const register: Register = (program) => {
  program
    .command('status')
    .description('servers, assets by state, offsets and lag of each stage, the latest dead letters')
    .option('--json', 'print everything as JSON')
    .option('--dead-letters <count>', 'how many dead letters to list', '10')
    .addHelpText('after', '\nExamples:\n  millrace status\n  millrace status --json | jq .assets.byState')
    .action(async (options: StatusOptions, command: Command) => {
      await status(contextOf(command), options);
    });
};

async function status({ terminal, paths, config }: CommandContext, options: StatusOptions): Promise<void> {
  const count = wholeNumber('--dead-letters', options.deadLetters);
  const instance = await openObserver(await config(), paths);
  try {
    const report = await instance.status();
    const letters = await latestDeadLetters(instance, report, count);
    if (options.json === true) terminal.print(JSON.stringify({ ...report, latestDeadLetters: letters }, null, 2));
    else render(terminal, report, letters);
  } finally {
    await instance.close();
  }
}

/** `null` where they cannot be read now. */
async function latestDeadLetters(instance: Instance, report: StatusReport, count: number): Promise<readonly NamedDeadLetter[] | null> {
  if (report.deadLetters === null) return null;
  try {
    return await withNames(instance, report, await instance.deadLetters(count));
  } catch (error) {
    // The server that knows went away since it was asked for the report.
    if (toMillraceError(error).transient) return null;
    throw error;
  }
}

async function withNames(instance: Instance, report: StatusReport, letters: readonly DeadLetter[]): Promise<NamedDeadLetter[]> {
  const assetIds = report.assets === null ? [] : [...new Set(letters.flatMap(({ assetId }) => assetId ?? []))];
  const assets = assetIds.length === 0 ? [] : await instance.assets(assetIds);
  const names = new Map(assets.map(({ assetId, fileName }) => [assetId, fileName]));
  return letters.map((letter) => ({ ...letter, fileName: names.get(letter.assetId ?? '') ?? null }));
}

function render(terminal: Terminal, report: StatusReport, letters: readonly NamedDeadLetter[] | null): void {
  const owner = report.processId === null ? '' : `, process ${report.processId}`;
  terminal.print(`${terminal.style('bold', report.state)}${owner}, data in ${printable(report.dataDirectory)}`);
  for (const line of table(report.servers.map(({ name, address, state, detail }) => [name, printable(address), state, printable(detail)]))) terminal.print(line);
  terminal.print(`assets: ${assetsLine(report.assets)}; moments: ${report.moments ?? UNKNOWN}`);

  terminal.print();
  const rows = report.stages?.flatMap(({ stage, inputs }) =>
    inputs.map(({ topic, end, committed }, i) => [i === 0 ? stage : '', topic, String(end), String(committed), String(end - committed)]));
  if (rows === undefined) terminal.print(`stages: ${UNKNOWN}`);
  else for (const line of table([['stage', 'input', 'end offset', 'committed', 'lag'], ...rows])) terminal.print(line);

  for (const problem of report.problems) terminal.print(`\nwaiting: ${printable(problem)}`);
  const missing = report.models.filter((model) => model.model === null);
  if (missing.length > 0) terminal.print();
  for (const { task, reason } of missing) terminal.print(`no model for ${task}: ${reason ?? ''}`);

  if (letters === null) terminal.print(`\ndead letters: ${UNKNOWN}`);
  else if (report.deadLetters !== 0) renderDeadLetters(terminal, report.deadLetters ?? letters.length, letters);
}

function assetsLine(assets: StatusReport['assets']): string {
  if (assets === null) return UNKNOWN;
  const states = Object.entries(assets.byState).map(([state, count]) => `${count} ${state.toLowerCase()}`);
  return `${assets.total}${states.length === 0 ? '' : ` (${states.join(', ')})`}`;
}

function renderDeadLetters(terminal: Terminal, count: number, letters: readonly NamedDeadLetter[]): void {
  terminal.print(`\ndead letters: ${count}; the latest:`);
  for (const { code, message, node, atMs, fileName, assetId } of letters) {
    terminal.print(`  ${printable(fileName ?? assetId ?? 'of an unknown asset')}: ${printable(message)}`);
    terminal.print(`    ${code} at ${node}, ${new Date(atMs).toISOString()}`);
  }
}
