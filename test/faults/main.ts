/**
 * The long form: every scenario with each driver, and a table of what it measured, as in docs/reliability.md.
 *
 *     npm run test:faults                              # 50 rounds; MILLRACE_FAULT_ROUNDS changes that; then test:outages
 *     npm run test:faults -- platformatic 'kill -9'    # only scenarios and drivers whose names hold the words
 */
import { spawnSync } from 'node:child_process';
import { DRIVERS } from './app-settings.ts';
import { table } from './figures.ts';
import type { Row } from './figures.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { openWorld } from './world.ts';

const rounds = Number(process.env['MILLRACE_FAULT_ROUNDS'] ?? 50);
const words = process.argv.slice(2);
const runs = DRIVERS.flatMap((driver) => SCENARIOS.map((scenario) => ({ driver, scenario })))
  .filter(({ driver, scenario }) => words.every((word) => `${driver} ${scenario.name}`.includes(word)));
if (runs.length === 0) throw new Error(`No scenario has in its name: ${words.join(', ')}`);

const rows: Row[] = [];
const world = await openWorld(rounds);
try {
  for (const { driver, scenario } of runs) {
    const startMs = performance.now();
    const took = (): string => `${((performance.now() - startMs) / 1000).toFixed(0)} s`;
    try {
      rows.push({ scenario: scenario.name, driver, figures: await scenario.run(world, driver) });
      console.log(`passed: ${scenario.name}, ${driver}, ${took()}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAILED: ${scenario.name}, ${driver}, ${took()}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} finally {
  await world.close();
}
console.log(`\n${table(rows)}`);

// The servers around the media topology go away for a minute each.
if (words.length === 0 && spawnSync('npm', ['run', '--silent', 'test:outages'], { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
