import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { projectFile } from '../../ops/paths.ts';
import { HISTOGRAMS, OBSERVED } from '../../topology/runtime/telemetry/names.ts';

describe('docs/telemetry.md', () => {
  it('lists every metric of the engine, and no other', async () => {
    const page = await readFile(projectFile('docs/telemetry.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `((?:millrace|messaging)\.[\w.]+)` \|/gm)].map(([, name]) => name);
    expect(listed).to.have.members([...Object.values(HISTOGRAMS), ...Object.values(OBSERVED)].map(({ name }) => name));
  });
});
