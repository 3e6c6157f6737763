import { expect } from 'chai';
import { jsonSerde, keyValueStore, stringSerde } from '../../../topology/dsl/index.ts';
import type { ContentClaim, WorkSegment } from '../../../schemas/index.ts';
import { memoryKeyValue, openTaskState } from '../../../state/index.ts';
import { ContentRegister } from '../../../topology/media/registers/index.ts';
import type { ContentEffect, ContentPlan, ContentStores } from '../../../topology/media/registers/index.ts';

const STORES = ['plans', 'holders', 'claims', 'released'] as const;
const PLAN: ContentPlan = { admitted: { mediaKind: 'IMAGE', container: 'png', durationMs: null, width: 1, height: 1, metadata: [] }, segments: [] };

const claimOf = (assetId: string, revision = 1, overrides: Partial<ContentClaim> = {}): ContentClaim => ({
  action: 'CLAIM', assetId, revision, library: 'home', priority: 'LIVE', contentHash: 'h', sourceUri: `file:///${assetId}`, fileName: assetId, sizeBytes: 1, submittedAtMs: 1, attributes: {}, sourceIdentity: null, ...overrides,
});

/** `a@1 ADMITTED`, `b@1 DUPLICATE of a`, `drop`. */
const summary = (effects: readonly ContentEffect[]): string[] => effects.flatMap((effect) => {
  if (effect.type === 'drop') return ['drop'];
  if (effect.type === 'work') return [];
  const { assetId, revision, outcome, duplicateOf } = effect.admitted;
  return [`${assetId}@${revision} ${outcome}${duplicateOf === null ? '' : ` of ${duplicateOf}`}`];
});

describe('media topology: the register of contents', () => {
  let register: ContentRegister;
  let left: () => Promise<number>;
  const claim = async (assetId: string, revision = 1, submittedAtMs = 1): Promise<string[]> => summary(await register.claimed(claimOf(assetId, revision, { submittedAtMs }), PLAN));
  const release = async (assetId: string, revision = 1): Promise<string[]> => summary(await register.released(claimOf(assetId, revision)));

  beforeEach(async () => {
    const specs = STORES.map((name) => keyValueStore<string, unknown>({ name, key: stringSerde, value: jsonSerde() }));
    const state = await openTaskState(memoryKeyValue(), specs);
    const stores = Object.fromEntries(STORES.map((name) => [name, state.store(name)])) as unknown as ContentStores;
    register = new ContentRegister(stores, () => 0);
    left = async () => {
      let count = 0;
      for (const store of [stores.plans, stores.holders, stores.claims]) for await (const _entry of store.prefix(Buffer.from('h'))) count += 1;
      return count;
    };
  });

  it('a new revision of the holder takes over; the old one counts until it is released', async () => {
    expect(await claim('a', 1)).to.deep.equal(['a@1 ADMITTED']);
    expect(await claim('a', 2)).to.deep.equal(['a@2 ADMITTED']);
    expect(await release('a', 2)).to.deep.equal([]);
    expect(await release('a', 1)).to.deep.equal(['drop']);
    expect(await left()).to.equal(0);
  });

  it('a late release of an old revision takes nothing from the new one', async () => {
    await claim('a', 1);
    await claim('a', 2);
    expect(await release('a', 1)).to.deep.equal([]);
    expect(await claim('b')).to.deep.equal(['b@1 DUPLICATE of a']);
    expect(await release('a', 2)).to.deep.equal(['b@1 ADMITTED']);
  });

  it('promotes the longest waiting, in its newest revision, and tells the others', async () => {
    await claim('a');
    await claim('late', 1, 30);
    await claim('early', 1, 10);
    await claim('early', 2, 20);
    expect(await release('a')).to.deep.equal(['early@2 ADMITTED', 'late@1 DUPLICATE of early']);
    expect(await release('early', 1)).to.deep.equal([]);
    expect(await release('early', 2)).to.deep.equal(['late@1 ADMITTED']);
  });

  it('a claim that arrives between the last holder and the next becomes the holder', async () => {
    await claim('a', 1);
    await claim('a', 2);
    await release('a', 2);
    expect(await claim('b')).to.deep.equal(['b@1 ADMITTED']);
    expect(await release('b')).to.deep.equal([]);
    expect(await release('a', 1)).to.deep.equal(['drop']);
  });

  it('repeats change nothing, not even after the release', async () => {
    await claim('a');
    expect(await claim('a')).to.deep.equal([]);
    await claim('b');
    expect(await claim('b')).to.deep.equal([]);
    await release('a');
    expect(await claim('a')).to.deep.equal([]);
    expect(await release('a')).to.deep.equal([]);
    expect(await release('b')).to.deep.equal(['drop']);
    expect(await release('b')).to.deep.equal(['drop']);
    expect(await claim('b')).to.deep.equal([]);
    expect(await left()).to.equal(0);
  });

  it('a rejected claim leaves nothing', async () => {
    expect(summary(register.rejected(claimOf('a'), 'MILL_MEDIA_CORRUPT: torn'))).to.deep.equal(['a@1 REJECTED']);
    expect(await left()).to.equal(0);
    expect(await claim('b')).to.deep.equal(['b@1 ADMITTED']);
  });

  it('hands on what the source was when it was hashed, also of a claim from before that was kept', async () => {
    const plan: ContentPlan = { ...PLAN, segments: [{ unitId: 'segment:0', sourceIdentity: 'of the source that was probed' } as WorkSegment] };
    const worked = async (claimed: ContentClaim): Promise<unknown[]> => (await register.claimed(claimed, plan)).flatMap((effect) => (effect.type === 'work' ? [effect.segment.sourceIdentity] : []));
    expect(await worked(claimOf('a', 1, { sourceIdentity: 'of a' }))).to.deep.equal(['of a']);
    const { sourceIdentity: _, ...older } = claimOf('a', 2);
    expect(await worked(older as ContentClaim)).to.deep.equal([null]);
  });

  it('fits the plan of the content to each asset', async () => {
    const plan: ContentPlan = { ...PLAN, admitted: { ...PLAN.admitted, metadata: [{ namespace: 'exif', key: 'Make', value: 'Leica' }, { namespace: 'attribute', key: 'place', value: 'Lyon' }] } };
    await register.claimed(claimOf('a', 1, { attributes: { place: 'Lyon' } }), plan);
    const [effect] = await register.claimed(claimOf('b', 3, { library: 'work', attributes: { place: 'Paris' } }), plan);
    expect(effect).to.deep.nested.include({ 'admitted.assetId': 'b', 'admitted.revision': 3, 'admitted.library': 'work', 'admitted.sourceUri': 'file:///b' });
    expect(effect).to.have.deep.nested.property('admitted.metadata', [{ namespace: 'exif', key: 'Make', value: 'Leica' }, { namespace: 'attribute', key: 'place', value: 'Paris' }]);
  });
});
