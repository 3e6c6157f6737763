import { expect } from 'chai';
import type { Insight } from '../../../schemas/index.ts';
import { admission, audits, documents, filmInsights, insight, openHarness, releases, shuffled } from './fixtures.ts';
import type { Harness } from './fixtures.ts';

const FAILING = ['segment:0 SHOTS', 'audio:0 SPEECH'];
const nameOf = ({ unitId, task }: Insight): string => `${unitId} ${task}`;
const childrenOf = (insights: readonly Insight[]): string[] => insights.filter((each) => FAILING.includes(nameOf(each))).flatMap(({ spawned }) => spawned.flatMap(({ unitId, tasks }) => tasks.map((task) => `${unitId} ${task}`)));

/** What comes in when two tasks fail (and so nothing below them does), and what comes when their dead letters are retried. */
function filmThatFails(): { readonly first: readonly Insight[]; readonly retried: readonly Insight[] } {
  const all = filmInsights();
  // What OCR finds on the frames of a failed shot list comes with the retry too.
  const below = new Set(childrenOf(all));
  for (const each of all) if (below.has(nameOf(each))) for (const { unitId, tasks } of each.spawned) for (const task of tasks) below.add(`${unitId} ${task}`);
  const first = all.filter((each) => !below.has(nameOf(each))).map((each): Insight => (FAILING.includes(nameOf(each)) ? { ...each, status: 'FAILED', reason: 'MILL_TIMEOUT: slow', spawned: [], result: null } : each));
  return { first, retried: all.filter((each) => FAILING.includes(nameOf(each)) || below.has(nameOf(each))) };
}

async function feed(harness: Harness, insights: readonly Insight[]): Promise<void> {
  for (const each of insights) await harness.feed({ insight: each });
}

describe('assembly: work that failed and was retried', () => {
  it('completes a partial document: the same as if nothing had failed', async () => {
    const { first, retried } = filmThatFails();
    const harness = await openHarness();
    await harness.feed({ admitted: admission() });
    await feed(harness, first);
    expect(documents(harness.effects).map(({ state }) => state)).to.deep.equal(['PARTIAL']);
    await feed(harness, retried);
    const spared = await openHarness();
    await spared.feed({ admitted: admission() });
    await feed(spared, filmInsights());
    expect(documents(harness.effects).at(-1)).to.deep.equal(documents(spared.effects)[0]);
    expect(new Set(audits(harness.effects))).to.deep.equal(new Set(['ADMITTED', 'DECODED', 'PARTIAL', 'COMPLETED']));
    expect(audits(harness.effects).at(-1)).to.equal('COMPLETED');
    expect(await harness.sizes()).to.deep.equal(await spared.sizes());
  });

  it('stays partial, and says so again, until all of it is mended', async () => {
    const { first, retried } = filmThatFails();
    const harness = await openHarness();
    await harness.feed({ admitted: admission() });
    await feed(harness, first);
    await feed(harness, retried.filter((each) => nameOf(each).startsWith('audio') || nameOf(each).startsWith('speech')));
    expect(documents(harness.effects).map(({ state, reasons }) => [state, reasons.length])).to.deep.equal([['PARTIAL', 2], ['PARTIAL', 1]]);
  });

  it('a retry that fails again, or a repeat of what went well, changes nothing', async () => {
    const { first } = filmThatFails();
    const harness = await openHarness();
    await harness.feed({ admitted: admission() });
    await feed(harness, first);
    const before = harness.effects.length;
    await feed(harness, first);
    expect(harness.effects).to.have.length(before);
  });

  it('ends complete whatever comes first, once and repeated, and releases its claim when it is removed', async () => {
    const { first, retried } = filmThatFails();
    for (let seed = 1; seed <= 40; seed += 1) {
      const harness = await openHarness();
      await harness.feed({ admitted: admission() });
      await feed(harness, shuffled([...first, ...retried, ...retried], seed));
      expect(documents(harness.effects).at(-1)?.state, `seed ${seed}`).to.equal('COMPLETE');
      await harness.feed({ removed: 1 });
      expect(releases(harness.effects), `seed ${seed}`).to.have.length(1);
      expect(await harness.sizes(), `seed ${seed}`).to.deep.equal({ assets: 1, revisions: 0, plans: 0, units: 0, closed: 1 });
    }
  });

  it('a decode that failed brings all of its segment with the retry', async () => {
    const harness = await openHarness();
    const all = filmInsights();
    await harness.feed({ admitted: admission({ segmentCount: 1, mediaKind: 'AUDIO' }) });
    await feed(harness, [insight('segment:0', 'DECODE', { status: 'FAILED', reason: 'MILL_DISK_FULL: full' })]);
    expect(documents(harness.effects).map(({ state }) => state)).to.deep.equal(['PARTIAL']);
    await feed(harness, all.filter((each) => ['segment:0 DECODE', 'audio:0 VOICE_ACTIVITY', 'audio:0 SPEECH', 'speech:1000 TEXT_EMBEDDING'].includes(nameOf(each))));
    expect(documents(harness.effects).map(({ state }) => state)).to.deep.equal(['PARTIAL', 'COMPLETE']);
    expect(audits(harness.effects)).to.deep.equal(['ADMITTED', 'DECODED', 'PARTIAL', 'COMPLETED']);
  });
});
