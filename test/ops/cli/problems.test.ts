import { expect } from 'chai';
import { createProblemNotes } from '../../../ops/cli/problems.ts';
import type { Terminal } from '../../../ops/cli/terminal.ts';

describe('notes of problems', () => {
  it('say a problem once, a new one at once, and an old one again after a minute', () => {
    const notes: string[] = [];
    const terminal = { note: (line?: string) => { notes.push(line ?? ''); } } as Terminal;
    let now = 0;
    const note = createProblemNotes(terminal, () => now);
    note({ problems: ['disk full'] });
    now = 30_000;
    note({ problems: ['disk full', 'worker lost'] });
    now = 61_000;
    note({ problems: ['disk full', 'worker lost'] });
    expect(notes).to.deep.equal(['waiting: disk full', 'waiting: worker lost', 'waiting: disk full']);
  });
});
