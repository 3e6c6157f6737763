import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { Instance } from '../../../ops/instance/index.ts';
import { lasting } from '../../../ops/instance/lasting.ts';

/** An instance of which only the end of the audit can be asked. */
function instanceThat(answer: () => Promise<number[]>, closed: () => void = () => undefined): Instance {
  return { auditEnd: answer, close: async () => { closed(); } } as unknown as Instance;
}

const gone = async (): Promise<number[]> => { throw new MillraceError('MILL_NOT_RUNNING', 'nobody answers'); };

describe('an instance that lasts', () => {
  it('asks again where the next one answers, when the owner has gone, and closes what it leaves', async () => {
    const [notices, closed]: [string[], string[]] = [[], []];
    const next = [instanceThat(gone, () => { closed.push('second'); }), instanceThat(async () => [7], () => { closed.push('third'); })];
    const instance = lasting(instanceThat(gone, () => { closed.push('first'); }), async () => next.shift()!, (line) => { notices.push(line); });
    expect(await instance.auditEnd()).to.deep.equal([7]);
    expect(closed).to.deep.equal(['first', 'second']);
    expect(notices).to.have.lengthOf(2);
    await instance.close();
    expect(closed).to.deep.equal(['first', 'second', 'third']);
  });

  it('passes every other failure on', async () => {
    const full = new MillraceError('MILL_DISK_FULL', 'no room');
    const instance = lasting(instanceThat(async () => { throw full; }), () => { throw new Error('not to be opened'); });
    expect(await instance.auditEnd().catch((error: unknown) => error)).to.equal(full);
  });
});
