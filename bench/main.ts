/** Runs every benchmark one after the other: npm run bench -- --rounds N [name...] */
import { spawnSync } from 'node:child_process';
import { readdirSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ options: { rounds: { type: 'string', default: '5' } }, allowPositionals: true });
const root = fileURLToPath(new URL('.', import.meta.url));
const all = readdirSync(root).filter((name) => name !== 'eval' && existsSync(`${root}${name}/main.ts`));
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new RangeError(`no benchmark is named ${unknown.join(', ')}; there are ${all.join(', ')}`);

for (const name of positionals.length > 0 ? positionals : all) {
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', `${root}${name}/main.ts`, '--rounds', values.rounds], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
