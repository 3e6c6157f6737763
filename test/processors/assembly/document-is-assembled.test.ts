import { expect } from 'chai';
import { admission, audits, documents, duplicate, filmInsights, insight, openHarness, releases, shuffled } from './fixtures.ts';
import type { Input } from './fixtures.ts';

const EXPECTED = {
  assetId: 'film', revision: 1, state: 'COMPLETE', reasons: [], library: 'home', fileName: 'film.mp4', mediaKind: 'VIDEO', durationMs: 120_000,
  shots: [{ startMs: 0, endMs: 10_000 }, { startMs: 10_000, endMs: 70_000 }, { startMs: 70_000, endMs: 120_000 }],
  transcript: 'Good morning. Sit down.\nThe end.',
  tags: [{ label: 'dog', confidence: 0.9, count: 2 }, { label: 'grass', confidence: 0.4, count: 1 }],
  models: ['image-text@1', 'text@1', 'transnet@1', 'whisper@1'],
  insightCount: filmInsights().length,
  metadata: [{ namespace: 'container', key: 'title', value: 'A film' }],
  submittedAtMs: 1_000,
  completedAtMs: 5_000,
};

const filmInputs = (revision = 1): Input[] => [{ admitted: admission({ revision }) }, ...filmInsights(revision).map((each) => ({ insight: each }))];

describe('assembly: the document', () => {
  it('comes once, with the last insight and not before', async () => {
    const harness = await openHarness();
    const inputs = filmInputs();
    for (const input of inputs.slice(0, -1)) await harness.feed(input);
    expect(documents(harness.effects)).to.be.empty;
    await harness.feed(inputs.at(-1)!);
    expect(documents(harness.effects)).to.have.length(1);
    expect(documents(harness.effects)[0]).to.deep.include(EXPECTED);
    expect(documents(harness.effects)[0]!.computeMs).to.be.closeTo(700.25 + 0.7 + 3 * 0.3 + (EXPECTED.insightCount - 5) * 0.1, 0.001);
    expect(audits(harness.effects)).to.deep.equal(['ADMITTED', 'DECODED', 'COMPLETED']);
  });

  it('is the same in every order of arrival, with every record repeated', async () => {
    const inOrder = await openHarness();
    for (const input of filmInputs()) await inOrder.feed(input);
    const [expected] = documents(inOrder.effects);
    for (let seed = 1; seed <= 60; seed += 1) {
      const harness = await openHarness();
      for (const input of shuffled([...filmInputs(), ...filmInputs()], seed)) await harness.feed(input);
      expect(documents(harness.effects), `seed ${seed}`).to.deep.equal([expected]);
      expect(audits(harness.effects).toSorted(), `seed ${seed}`).to.deep.equal(['ADMITTED', 'COMPLETED', 'DECODED']);
      expect((await harness.sizes()).units, `seed ${seed}`).to.equal(0);
    }
  });

  it('counts a skipped, a failed and a damaged task, and says why it is partial', async () => {
    const harness = await openHarness();
    const skipped = { status: 'SKIPPED', reason: 'no model for ocr', result: null, spawned: [] } as const;
    const missing = new Set(['screen:5000']);
    for (const each of filmInsights().filter(({ unitId }) => !missing.has(unitId))) {
      if (each.task === 'OCR') await harness.feed({ insight: { ...each, ...skipped } });
      else if (each.unitId === 'speech:1000') await harness.feed({ insight: { ...each, status: 'FAILED', reason: 'MILL_MODEL_FAILED: bad input', model: null } });
      else if (each.unitId === 'segment:1' && each.task === 'DECODE') await harness.feed({ insight: { ...each, reason: 'damaged from 118 s on' } });
      else await harness.feed({ insight: each });
    }
    await harness.feed({ admitted: admission() });
    const [document] = documents(harness.effects);
    expect(document).to.deep.include({
      state: 'PARTIAL',
      reasons: ['DECODE incomplete: damaged from 118 s on', 'OCR skipped: no model for ocr (3 times)', 'TEXT_EMBEDDING failed: MILL_MODEL_FAILED: bad input'],
      transcript: EXPECTED.transcript,
      insightCount: EXPECTED.insightCount - 1 - 3 - 1,
    });
    expect(audits(harness.effects)).to.deep.equal(['ADMITTED', 'DECODED', 'PARTIAL']);
  });

  it('names at most fifty reasons', async () => {
    const harness = await openHarness();
    await harness.feed({ admitted: admission({ mediaKind: 'AUDIO', segmentCount: 80 }) });
    for (let index = 0; index < 80; index += 1) await harness.feed({ insight: insight(`segment:${index}`, 'DECODE', { status: 'FAILED', reason: `reason ${index}` }) });
    const [document] = documents(harness.effects);
    expect(document!.reasons).to.have.length(51);
    expect(document!.reasons.at(-1)).to.equal('and 30 more reasons: see media.insights');
  });

  it('of a rejected asset or a duplicate comes at once', async () => {
    const harness = await openHarness();
    await harness.feed({ admitted: admission({ outcome: 'REJECTED', reason: 'MILL_MEDIA_EMPTY: no bytes', mediaKind: null, segmentCount: 0 }) });
    await harness.feed({ admitted: duplicate({ revision: 2 }) });
    expect(documents(harness.effects).map(({ state, reasons, duplicateOf }) => ({ state, reasons, duplicateOf }))).to.deep.equal([
      { state: 'REJECTED', reasons: ['MILL_MEDIA_EMPTY: no bytes'], duplicateOf: null },
      { state: 'COMPLETE', reasons: [], duplicateOf: 'other' },
    ]);
    expect(audits(harness.effects)).to.deep.equal(['REJECTED', 'DUPLICATE']);
    expect(releases(harness.effects)).to.be.empty;
  });

  it('keeps no more than the unit that came in and those that it spawned in one entry each', async () => {
    const harness = await openHarness();
    for (const input of filmInputs().slice(0, 3)) await harness.feed(input);
    expect(await harness.sizes()).to.deep.include({ assets: 1, revisions: 1, plans: 1, units: 4 + 4 });
    for (const input of filmInputs().slice(3)) await harness.feed(input);
    expect(await harness.sizes()).to.deep.equal({ assets: 1, revisions: 1, plans: 1, units: 0, closed: 0 });
  });
});
