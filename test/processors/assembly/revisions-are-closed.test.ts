import { expect } from 'chai';
import { admission, audits, documents, duplicate, filmInsights, openHarness, releases, shuffled } from './fixtures.ts';
import type { Harness, Input } from './fixtures.ts';

const insights = (revision: number): Input[] => filmInsights(revision).map((each) => ({ insight: each }));
const admitted = (revision: number): Input => ({ admitted: admission({ revision, contentHash: `h${revision}` }) });
const feedAll = async (harness: Harness, inputs: readonly Input[]): Promise<void> => { for (const input of inputs) await harness.feed(input); };
const released = (harness: Harness): string[] => releases(harness.effects).map(({ contentHash, revision }) => `${contentHash}@${revision}`);

describe('assembly: revisions and removal', () => {
  it('releases the old content when a newer revision is admitted and nothing of the old one is in flight', async () => {
    const harness = await openHarness();
    await feedAll(harness, [admitted(1), ...insights(1)]);
    expect(released(harness)).to.be.empty;
    await harness.feed(admitted(2));
    expect(released(harness)).to.deep.equal(['h1@1']);
    await feedAll(harness, insights(2));
    expect(documents(harness.effects).map(({ revision }) => revision)).to.deep.equal([1, 2]);
  });

  it('waits with the release for what is in flight, and writes no document of it', async () => {
    const harness = await openHarness();
    const [last, ...others] = insights(1).reverse();
    await feedAll(harness, [admitted(1), ...others, admitted(2), ...insights(2)]);
    expect(released(harness)).to.be.empty;
    await harness.feed(last!);
    expect(released(harness)).to.deep.equal(['h1@1']);
    expect(documents(harness.effects).map(({ revision }) => revision)).to.deep.equal([2]);
  });

  it('takes an older revision that is admitted late as out of date', async () => {
    const harness = await openHarness();
    await feedAll(harness, [admitted(2), ...insights(2), admitted(1), ...insights(1)]);
    expect(documents(harness.effects).map(({ revision }) => revision)).to.deep.equal([2]);
    expect(released(harness)).to.deep.equal(['h1@1']);
    expect(audits(harness.effects)).to.deep.equal(['ADMITTED', 'DECODED', 'COMPLETED']);
  });

  it('a removal takes the document away at once, and releases when nothing is in flight', async () => {
    const harness = await openHarness();
    const [last, ...others] = insights(1).reverse();
    await feedAll(harness, [admitted(1), ...others, { removed: 1 }]);
    expect(harness.effects.filter(({ type }) => type === 'removed')).to.deep.equal([{ type: 'removed', assetId: 'film', revision: 1, library: 'home' }]);
    expect(released(harness)).to.be.empty;
    await harness.feed(last!);
    expect(released(harness)).to.deep.equal(['h1@1']);
    expect(documents(harness.effects)).to.be.empty;
    expect(audits(harness.effects)).to.deep.equal(['ADMITTED', 'DECODED', 'REMOVED']);
  });

  it('a removal holds for an admission that comes in after it', async () => {
    const harness = await openHarness();
    await feedAll(harness, [{ removed: 1 }, admitted(1), ...insights(1)]);
    expect(documents(harness.effects)).to.be.empty;
    expect(released(harness)).to.deep.equal(['h1@1']);
    await feedAll(harness, [admitted(2), ...insights(2)]);
    expect(documents(harness.effects).map(({ revision }) => revision)).to.deep.equal([2]);
  });

  it('late repeats resurrect nothing and leave nothing; a decode that is repeated releases again, for it wrote blobs', async () => {
    const harness = await openHarness();
    await feedAll(harness, [admitted(1), ...insights(1), { removed: 1 }]);
    const before = harness.effects.length;
    await feedAll(harness, [{ removed: 1 }, ...insights(1), admitted(1), ...insights(1)]);
    const late = harness.effects.slice(before);
    expect(late.map(({ type }) => type)).to.deep.equal(['release', 'release', 'release', 'release']);
    expect(releases(late).every(({ contentHash, revision }) => contentHash === 'h1' && revision === 1)).to.equal(true);
    expect(await harness.sizes()).to.deep.equal({ assets: 1, revisions: 0, plans: 0, units: 0, closed: 1 });
  });

  it('two revisions and a removal in any order, repeated: one document at most, each claim released, nothing left', async () => {
    const inputs = [admitted(1), ...insights(1), admitted(2), ...insights(2), { removed: 2 }];
    for (let seed = 1; seed <= 60; seed += 1) {
      const harness = await openHarness();
      await feedAll(harness, shuffled([...inputs, ...inputs], seed));
      expect([...new Set(released(harness))].toSorted(), `seed ${seed}`).to.deep.equal(['h1@1', 'h2@2']);
      expect(await harness.sizes(), `seed ${seed}`).to.deep.equal({ assets: 1, revisions: 0, plans: 0, units: 0, closed: 2 });
      const removedAt = harness.effects.findIndex(({ type }) => type === 'removed');
      expect(documents(harness.effects.slice(removedAt)), `seed ${seed}`).to.be.empty;
    }
  });

  it('a duplicate that is promoted is processed, even if its insights come before its admission', async () => {
    const harness = await openHarness();
    await feedAll(harness, [{ admitted: duplicate() }, ...insights(1), { admitted: admission() }, { admitted: duplicate() }]);
    expect(documents(harness.effects).map(({ duplicateOf, tags }) => [duplicateOf, tags.length])).to.deep.equal([['other', 0], [null, 2]]);
    expect(audits(harness.effects)).to.deep.equal(['DUPLICATE', 'ADMITTED', 'DECODED', 'COMPLETED']);
  });

  it('a duplicate is told when another asset stands for it', async () => {
    const harness = await openHarness();
    await feedAll(harness, [{ admitted: duplicate() }, { admitted: duplicate() }, { admitted: duplicate({ duplicateOf: 'third' }) }]);
    expect(documents(harness.effects).map(({ duplicateOf }) => duplicateOf)).to.deep.equal(['other', 'third']);
  });

  it('a duplicate that is removed while it is promoted is released only when its work is done', async () => {
    const [first, ...others] = insights(1);
    for (const inputs of [
      [first!, { removed: 1 }, { admitted: admission() }, ...others],
      [{ removed: 1 }, first!, { admitted: admission() }, ...others],
      [{ removed: 1 }, ...insights(1), { admitted: admission() }],
    ]) {
      const harness = await openHarness();
      await harness.feed({ admitted: duplicate() });
      const [last, ...rest] = inputs.toReversed();
      await feedAll(harness, rest.reverse());
      const before = released(harness).length;
      await harness.feed(last!);
      expect(released(harness).length).to.equal(before + 1);
      expect(await harness.sizes()).to.deep.include({ revisions: 0, plans: 0, units: 0 });
    }
  });
});
