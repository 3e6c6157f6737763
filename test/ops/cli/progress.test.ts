import { expect } from 'chai';
import { startProgress } from '../../../ops/cli/progress.ts';
import type { Terminal } from '../../../ops/cli/terminal.ts';

function plainTerminal(): Terminal & { readonly notes: string[] } {
  const notes: string[] = [];
  return { notes, print: () => undefined, note: (line = '') => { notes.push(line); }, style: (_style, text) => text, coloured: false, interactive: false, columns: 80 };
}

describe('progress without a terminal', () => {
  it('writes a plain line now and then, with rate and time left', () => {
    const terminal = plainTerminal();
    let now = 0;
    const progress = startProgress(terminal, { label: 'processing', unit: 'assets', lineEveryMs: 10_000, nowMs: () => now });
    progress.update(0, 40, 'decode 4');
    now = 5_000;
    progress.update(5, 40);
    now = 10_000;
    progress.update(10, 40, 'vision 3');
    now = 12_000;
    progress.update(40, 40);
    progress.stop();
    expect(terminal.notes).to.deep.equal([
      'processing: 0 of 40 assets (decode 4)',
      'processing: 10 of 40 assets (1 assets/s, about 30 s left; vision 3)',
      'processing: 40 of 40 assets (3 assets/s)',
    ]);
  });

  it('writes nothing when nothing was to be done', () => {
    const terminal = plainTerminal();
    startProgress(terminal, { label: 'models', unit: 'bytes' }).stop();
    expect(terminal.notes).to.deep.equal([]);
  });
});
