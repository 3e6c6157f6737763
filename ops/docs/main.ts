/**
 * Writes the reference pages that are made from code: docs/errors.md. `--check` only compares, for CI.
 * Usage: npm run docs:generate | npm run docs:check
 */
import { readFile, writeFile } from 'node:fs/promises';
import { projectFile } from '../paths.ts';
import { errorsPage } from './errors-page.ts';

const PAGES = [{ file: projectFile('docs', 'errors.md'), render: errorsPage }];

const check = process.argv.includes('--check');
for (const { file, render } of PAGES) {
  const wanted = render();
  if (!check) await writeFile(file, wanted);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== wanted) {
    process.stderr.write(`${file} is out of date: run npm run docs:generate\n`);
    process.exitCode = 1;
  }
}
