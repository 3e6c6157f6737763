/** `millrace doctor`: says what is missing on this machine, and the exact command that mends it. */
import type { Command } from 'commander';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { aptCommand, runChecks, type Check } from '../doctor-checks.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../terminal.ts';

export const register: Register = (program) => {
  program
    .command('doctor')
    .description('check this machine; prints what is missing and the command that mends it')
    .option('--json', 'print the checks as JSON')
    .addHelpText('after', '\nExit code 3 when something is missing.\n\nExample:\n  millrace doctor')
    .action(async (options: { json?: boolean }, command: Command) => {
      process.exitCode = await doctor(contextOf(command), options.json ?? false);
    });
};

const LABELS: Readonly<Record<Check['status'], string>> = { ok: 'ok', missing: 'MISSING', optional: 'not here' };

async function doctor({ terminal, paths }: CommandContext, json: boolean): Promise<number> {
  const checks = await runChecks(paths);
  const missing = checks.filter((check) => check.status === 'missing');
  if (json) terminal.print(JSON.stringify(checks, null, 2));
  else {
    for (const line of table(checks.map(({ status, name, found }) => [LABELS[status], name, found]))) terminal.print(line);
    if (missing.length > 0) terminal.print('\nTo mend:');
    const lacking = new Set(missing.flatMap(({ packages }) => packages));
    if (lacking.size > 0) terminal.print(`  ${aptCommand([...lacking])}`);
    for (const { mend, packages } of missing) if (packages.length === 0) terminal.print(`  ${mend}`);
    if (missing.length === 0) terminal.print('\nEverything that Millrace needs is here.');
    const optional = checks.filter(({ status }) => status === 'optional');
    for (const purpose of new Set(optional.map(({ neededFor = '' }) => neededFor))) {
      const lacks = optional.filter(({ neededFor }) => neededFor === purpose);
      const packages = lacks.flatMap((check) => check.packages);
      terminal.print(`\nFor ${purpose}:`);
      if (packages.length > 0) terminal.print(`  ${aptCommand(packages)}`);
      for (const { mend } of lacks.filter((check) => check.packages.length === 0)) terminal.print(`  ${mend}`);
    }
  }
  return missing.length === 0 ? EXIT.ok : EXIT.missing;
}
