import { expect } from 'chai';
import type { Entries } from '../../../processors/assembly/index.ts';
import type { AssetSubmitted } from '../../../schemas/index.ts';
import { AssetRegister, rememberedHash } from '../../../topology/media/registers/index.ts';
import type { AssetRecord, RegisterEffect } from '../../../topology/media/registers/index.ts';

const EVENT: AssetSubmitted = {
  eventId: 'e', assetId: 'a', library: 'home', priority: 'LIVE', sourceUri: 's3://films/a.mp4', fileName: 'a.mp4', sizeBytes: 9, modifiedAtMs: 7, submittedAtMs: 1, attributes: {},
};

describe('media topology: the register of assets', () => {
  const claimsOf = (effects: readonly RegisterEffect[]): (string | null)[] => effects.flatMap((effect) => (effect.type === 'claim' ? [effect.claim.sourceIdentity] : []));

  it('keeps what the source was when it was hashed, and hands it on with each claim', async () => {
    const records = new Map<string, AssetRecord>();
    const assets = { get: async (key: string) => records.get(key), put: (key: string, record: AssetRecord) => { records.set(key, record); } } as Entries<AssetRecord>;
    const register = new AssetRegister(assets, () => 0);
    expect(claimsOf(await register.submitted(EVENT, { contentHash: 'h', sizeBytes: 9, sourceIdentity: 'etag 1' }))).to.deep.equal(['etag 1']);
    expect(rememberedHash(records.get('a')!, EVENT)).to.deep.equal({ contentHash: 'h', sizeBytes: 9, sourceIdentity: 'etag 1' });
    expect(claimsOf(await register.submitted({ ...EVENT, attributes: { place: 'Lyon' } }, rememberedHash(records.get('a')!, EVENT)!))).to.deep.equal(['etag 1']);
    // Hashed again with the same bytes under another ETag: nothing to process, and the newer is remembered.
    expect(claimsOf(await register.submitted({ ...EVENT, attributes: { place: 'Lyon' } }, { contentHash: 'h', sizeBytes: 9, sourceIdentity: 'etag 2' }))).to.deep.equal([]);
    expect(records.get('a')!.sourceIdentity).to.equal('etag 2');
    // A record of an older version knows none.
    const { sourceIdentity: _, ...older } = records.get('a')!;
    expect(rememberedHash(older, EVENT)).to.deep.equal({ contentHash: 'h', sizeBytes: 9, sourceIdentity: null });
  });
});
