/** Every example runs, and checks what it puts out itself; docs/engine.md shows nothing that no example runs. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { projectFile } from '../../ops/paths.ts';

const run = promisify(execFile);
const examples = readdirSync(projectFile('examples')).filter((file) => file.endsWith('.ts'));

/** Without indentation and line ends, so that a page may show an example's lines as it likes. */
const squeezed = (code: string): string => code.replace(/\s+/g, '');

describe('examples', function () {
  this.timeout(120_000);

  it('are numbered in reading order', () => {
    expect(examples.map((file) => file.slice(0, 3))).to.deep.equal(['01-', '02-', '03-', '04-']);
  });

  for (const file of examples) {
    it(`${file} runs, and finds its output right`, async () => {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', projectFile('examples', file)], { cwd: projectFile() });
      expect(stdout).to.not.equal('');
    });
  }

  it('hold every piece of TypeScript in docs/engine.md', async () => {
    const page = await readFile(projectFile('docs', 'engine.md'), 'utf8');
    const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    expect(blocks).to.have.length.greaterThan(2);
    const code = examples.map((file) => squeezed(readFileSync(projectFile('examples', file), 'utf8')));
    for (const block of blocks) expect(code.some((text) => text.includes(squeezed(block))), block).to.equal(true);
  });
});
