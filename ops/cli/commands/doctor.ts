/** `millrace doctor`: says what is missing on this machine, and the exact command that mends it. */
import type { Command } from 'commander';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { runChecks } from '../doctor-checks.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../terminal.ts';

export const register: Register = (program) => {
  program
    .command('doctor')
    .description('check this machine; prints what is missing and the command that mends it')
    .option('--json', 'print the checks as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      process.exitCode = await doctor(contextOf(command), options.json ?? false);
    });
};

async function doctor({ terminal, paths }: CommandContext, json: boolean): Promise<number> {
  const checks = await runChecks(paths);
  const missing = checks.filter((check) => check.status === 'missing');
  if (json) terminal.print(JSON.stringify(checks, null, 2));
  else {
    for (const line of table(checks.map(({ status, name, found }) => [status === 'ok' ? 'ok' : 'MISSING', name, found]))) terminal.print(line);
    if (missing.length > 0) terminal.print('\nTo mend:');
    for (const { name, mend } of missing) terminal.print(`  ${name}: ${mend}`);
    if (missing.length === 0) terminal.print('\nEverything that Millrace needs is here.');
  }
  return missing.length === 0 ? EXIT.ok : EXIT.missing;
}
