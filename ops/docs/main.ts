/**
 * Writes what is made from code in docs/: errors.md, configuration.md, the pictures of media-topology.md. `--check` only compares, for CI.
 * Usage: npm run docs:generate | npm run docs:check
 */
import { readFile, writeFile } from 'node:fs/promises';
import { withPictures } from '../../topology/media/index.ts';
import { kibanaFile } from '../kibana/index.ts';
import { projectFile } from '../paths.ts';
import { configurationPage } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';

interface Page {
  readonly file: string;
  /** From the page as it is. */
  readonly render: (current: string) => string;
}

const PAGES: readonly Page[] = [
  { file: projectFile('docs', 'errors.md'), render: errorsPage },
  { file: projectFile('docs', 'configuration.md'), render: configurationPage },
  { file: projectFile('docs', 'media-topology.md'), render: withPictures },
  { file: projectFile('ops', 'kibana', 'millrace.ndjson'), render: () => kibanaFile() },
];

const check = process.argv.includes('--check');
for (const { file, render } of PAGES) {
  const current = await readFile(file, 'utf8').catch(() => '');
  const wanted = render(current);
  if (!check) await writeFile(file, wanted);
  else if (current !== wanted) {
    process.stderr.write(`${file} is out of date: run npm run docs:generate\n`);
    process.exitCode = 1;
  }
}
