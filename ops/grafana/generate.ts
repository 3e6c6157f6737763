/** Writes the dashboards. `--check` only compares. Usage: npx tsx ops/grafana/generate.ts [--check] */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { projectFile } from '../paths.ts';
import { grafanaFiles } from './index.ts';

const FOLDER = projectFile('ops', 'grafana', 'dashboards');
const check = process.argv.includes('--check');

await mkdir(FOLDER, { recursive: true });
for (const [name, wanted] of Object.entries(grafanaFiles())) {
  const file = projectFile('ops', 'grafana', 'dashboards', name);
  if (!check) await writeFile(file, wanted);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== wanted) {
    process.stderr.write(`${file} is out of date: run npx tsx ops/grafana/generate.ts\n`);
    process.exitCode = 1;
  }
}
