import { expect } from 'chai';
import { createProblemNotes } from '../../../ops/cli/problems.ts';
import type { Terminal } from '../../../ops/cli/terminal.ts';

describe('notes of problems', () => {
  it('say a problem once, a new one at once, and an old one again after a minute', () => {
    const notes: string[] = [];
    const terminal = { note: (line?: string) => { notes.push(line ?? ''); } } as Terminal;
    let now = 0;
    const note = createProblemNotes(terminal, () => now);
    note({ problems: ['disk full'], servers: [] });
    now = 30_000;
    note({ problems: ['disk full', 'worker lost'], servers: [] });
    now = 61_000;
    note({ problems: ['disk full', 'worker lost'], servers: [] });
    expect(notes).to.deep.equal(['waiting: disk full', 'waiting: worker lost', 'waiting: disk full']);
  });

  it('say which server is down, and nothing of one that is up', () => {
    const notes: string[] = [];
    const note = createProblemNotes({ note: (line?: string) => { notes.push(line ?? ''); } } as Terminal);
    const server = { address: 'http://es:9200', detail: 'refused' };
    note({ problems: [], servers: [{ ...server, name: 'Elasticsearch', state: 'down' }, { ...server, name: 'Kafka', state: 'up' }] });
    expect(notes).to.deep.equal(['waiting: Elasticsearch at http://es:9200 is down: refused']);
  });
});
