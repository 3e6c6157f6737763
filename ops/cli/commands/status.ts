/** `millrace status`: assets by state, each stage's lag, and why things failed. */
import type { Command } from 'commander';
import { openObserver } from '../../instance/index.ts';
import type { StatusReport } from '../../instance/instance.ts';
import type { DeadLetter } from '../../../schemas/index.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { printable, table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface StatusOptions {
  readonly json?: boolean;
  readonly deadLetters: string;
}

export const register: Register = (program) => {
  program
    .command('status')
    .description('assets by state, records and lag of each stage, the latest dead letters')
    .option('--json', 'print everything as JSON')
    .option('--dead-letters <count>', 'how many dead letters to list', '10')
    .action(async (options: StatusOptions, command: Command) => {
      await status(contextOf(command), options);
    });
};

async function status({ terminal, paths }: CommandContext, options: StatusOptions): Promise<void> {
  const count = wholeNumber('--dead-letters', options.deadLetters);
  const instance = await openObserver(paths);
  try {
    const report = await instance.status();
    const letters = await instance.deadLetters(count);
    if (options.json === true) terminal.print(JSON.stringify({ ...report, latestDeadLetters: letters }, null, 2));
    else render(terminal, report, letters);
  } finally {
    await instance.close();
  }
}

function render(terminal: Terminal, report: StatusReport, letters: readonly DeadLetter[]): void {
  const owner = report.processId === null ? '' : `, process ${report.processId}`;
  terminal.print(`${terminal.style('bold', report.state)}${owner}, data in ${printable(report.dataDirectory)}`);
  const states = Object.entries(report.assets.byState).map(([state, count]) => `${count} ${state.toLowerCase()}`);
  terminal.print(`assets: ${report.assets.total}${states.length === 0 ? '' : ` (${states.join(', ')})`}; moments: ${report.moments}`);

  terminal.print();
  const rows = report.stages.flatMap(({ stage, inputs }) =>
    inputs.map(({ topic, end, committed }, i) => [i === 0 ? stage : '', topic, String(end), String(committed), String(end - committed)]));
  for (const line of table([['stage', 'input', 'records', 'committed', 'lag'], ...rows])) terminal.print(line);

  for (const problem of report.problems) terminal.print(`\nwaiting: ${printable(problem)}`);
  const missing = report.models.filter((model) => model.model === null);
  for (const { task, reason } of missing) terminal.print(`\nmodel missing for ${task}: ${reason ?? ''}`);

  if (report.deadLetters === 0) return;
  terminal.print(`\ndead letters: ${report.deadLetters}; the latest:`);
  for (const { code, message, node, atMs } of letters) {
    terminal.print(`  ${new Date(atMs).toISOString()}  ${node}  ${code}\n    ${printable(message)}`);
  }
}
