import { expect } from 'chai';
import { formatBytes, formatDuration, openTerminal, printable, table } from '../../../ops/cli/terminal.ts';

const stream = (isTTY: boolean, written: string[] = []): NodeJS.WriteStream =>
  ({ isTTY, columns: 72, write: (text: string) => { written.push(text); return true; } }) as unknown as NodeJS.WriteStream;

describe('terminal', () => {
  it('colours text on a terminal, and not into a pipe or where NO_COLOR is set', () => {
    const styled = (isTTY: boolean, env: NodeJS.ProcessEnv): string => openTerminal({ stdout: stream(isTTY), stderr: stream(isTTY), env }).style('bold', 'word');
    expect(styled(true, {})).to.equal('\u001b[1mword\u001b[22m');
    expect(styled(false, {})).to.equal('word');
    expect(styled(true, { NO_COLOR: '' })).to.equal('word');
    expect(styled(true, { TERM: 'dumb' })).to.equal('word');
  });

  it('writes results to stdout and notices to stderr', () => {
    const [out, err]: [string[], string[]] = [[], []];
    const terminal = openTerminal({ stdout: stream(false, out), stderr: stream(false, err), env: {} });
    terminal.print('result');
    terminal.note('notice');
    expect({ out, err }).to.deep.equal({ out: ['result\n'], err: ['notice\n'] });
  });

  it('writes out what could move the cursor or turn the line around', () => {
    expect(printable('a\u001b[2Jb')).to.equal('a\\u001b[2Jb');
    expect(printable('two\nlines\tand a tab')).to.equal('two\\nlines\\tand a tab');
    expect(printable('gnp.\u202eexe')).to.equal('gnp.\\u202eexe');
    expect(printable('naïve 東京 🎬')).to.equal('naïve 東京 🎬');
  });

  it('formats durations and sizes for people', () => {
    expect([400, 59_400, 61_000, 3_600_000, 7_260_000].map(formatDuration)).to.deep.equal(['0 s', '59 s', '1 min 1 s', '1 h 0 min', '2 h 1 min']);
    expect([0, 999, 1500, 123_456_789, 2e12].map(formatBytes)).to.deep.equal(['0 B', '999 B', '1.5 kB', '123 MB', '2.0 TB']);
  });

  it('aligns columns, and leaves the last one as it is', () => {
    expect(table([['a', 'bb', 'c'], ['aaa', 'b', 'cccc']])).to.deep.equal(['a    bb  c', 'aaa  b   cccc']);
  });
});
