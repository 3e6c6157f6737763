import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { patiently } from '../../../ops/instance/patience.ts';

const down = (): never => { throw new MillraceError('MILL_INDEX_UNAVAILABLE', 'nobody answers'); };

describe('patience with servers that are down at the start', () => {
  it('waits until the server is there, and says once what it waits for', async () => {
    const notices: string[] = [];
    let tries = 0;
    const opened = await patiently(async () => (++tries < 4 ? down() : 'open'), { retryMs: 1, notice: (line) => { notices.push(line); } });
    expect(opened).to.equal('open');
    expect(notices).to.deep.equal(['waiting: nobody answers [MILL_INDEX_UNAVAILABLE]']);
  });

  it('does not wait for what does not pass by itself', async () => {
    const refused = new MillraceError('MILL_INDEX_REFUSED', 'wrong password');
    expect(await patiently(async () => { throw refused; }, {}).catch((error: unknown) => error)).to.equal(refused);
  });

  it('ends at once when it is told to, while a server is asked and between two tries', async () => {
    const reason = new MillraceError('MILL_INTERRUPTED', 'enough');
    const asking = new AbortController();
    const waiting = patiently(() => new Promise(() => undefined), { signal: asking.signal });
    asking.abort(reason);
    expect(await waiting.catch((error: unknown) => error)).to.equal(reason);

    const resting = new AbortController();
    const rested = patiently(async () => down(), { signal: resting.signal, retryMs: 3_600_000, notice: () => { resting.abort(reason); } });
    expect(await rested.catch((error: unknown) => error)).to.equal(reason);
  });

  it('gives back what was opened when nobody waits any more', async () => {
    const stop = new AbortController();
    let open = (_what: string): void => undefined;
    const discarded = new Promise<string>((resolve) => {
      const waiting = patiently(() => new Promise<string>((opened) => { open = opened; }), { signal: stop.signal }, resolve);
      waiting.catch(() => { open('late'); });
    });
    stop.abort(new Error('enough'));
    expect(await discarded).to.equal('late');
  });
});
