import { expect } from 'chai';
import { FILM, Harness, PHOTO } from './harness.ts';
import { hashOf } from './world.ts';

const holderOf = async (harness: Harness, assetId: string): Promise<string | null | undefined> =>
  ((await harness.indexed(assetId))?.body as { duplicateOf: string | null } | undefined)?.duplicateOf;

describe('media topology: exact duplicates', () => {
  let harness: Harness;
  beforeEach(async () => { harness = await Harness.open(); });
  afterEach(async () => { await harness.close(); });

  /** One after the other, so that the first holds the content. */
  async function submitAll(...assetIds: string[]): Promise<void> {
    for (const assetId of assetIds) {
      harness.submit(assetId, FILM);
      await harness.drain();
    }
  }

  it('are processed once; each has a document that names the processed asset', async () => {
    await submitAll('a', 'b', 'c');
    expect(harness.world.countOf('decode')).to.equal(2);
    expect(harness.world.countOf('plan')).to.equal(1);
    for (const assetId of ['b', 'c']) {
      expect(await harness.indexed(assetId)).to.deep.include({ state: 'COMPLETE', mediaKind: 'VIDEO', fileName: `${assetId}.bin` });
      expect(await holderOf(harness, assetId)).to.equal('a');
      expect(harness.auditOf(assetId)).to.deep.equal(['DUPLICATE']);
      expect(await harness.moments(assetId)).to.be.empty;
    }
    expect((await harness.index.duplicatesOf(['a'])).map(({ assetId }) => assetId)).to.deep.equal(['b', 'c']);
  });

  it('that arrive together are processed once', async () => {
    for (const assetId of ['a', 'b', 'c', 'd']) harness.submit(assetId, FILM);
    await harness.drain();
    expect(harness.world.countOf('decode')).to.equal(2);
    const holders = await Promise.all(['a', 'b', 'c', 'd'].map((assetId) => holderOf(harness, assetId)));
    expect(holders.filter((holder) => holder === null)).to.have.length(1);
    expect(new Set(holders).size).to.equal(2);
  });

  it('when the holder is removed, the longest waiting is promoted and processed, and the others are told', async () => {
    await submitAll('a', 'c', 'b');
    harness.remove('a');
    await harness.drain();
    expect(await harness.indexed('a')).to.equal(undefined);
    expect(await harness.moments('a')).to.be.empty;
    expect(await harness.indexed('c')).to.deep.include({ state: 'COMPLETE', revision: 1 });
    expect(await harness.moments('c')).to.have.length(6);
    expect(harness.auditOf('c')).to.deep.equal(['DUPLICATE', 'ADMITTED', 'DECODED', 'COMPLETED']);
    expect(await holderOf(harness, 'b')).to.equal('c');
    expect(await harness.world.folders()).to.deep.equal([hashOf(FILM)]);
    expect(harness.world.countOf('deleteFolder')).to.equal(0);
  });

  it('when the content of the holder changes, a duplicate is promoted', async () => {
    await submitAll('a', 'b');
    harness.submit('a', PHOTO);
    await harness.drain();
    expect(await holderOf(harness, 'b')).to.equal(null);
    expect(await harness.moments('b')).to.have.length(6);
    expect(await harness.moments('a')).to.deep.equal(['2 frame lion']);
    expect(await harness.world.folders()).to.deep.equal([hashOf(FILM), hashOf(PHOTO)].sort());
  });

  it('a duplicate that is removed leaves the holder alone', async () => {
    await submitAll('a', 'b');
    harness.remove('b');
    await harness.drain();
    expect(await harness.indexed('b')).to.equal(undefined);
    expect(await harness.moments('a')).to.have.length(6);
    expect(harness.world.countOf('deleteFolder')).to.equal(0);
    harness.remove('a');
    await harness.drain();
    expect(await harness.world.folders()).to.be.empty;
    expect(harness.world.countOf('deleteFolder')).to.equal(1);
  });

  it('a duplicate that becomes different is processed for itself', async () => {
    await submitAll('a', 'b');
    harness.submit('b', PHOTO);
    await harness.drain();
    expect(await harness.moments('b')).to.deep.equal(['2 frame lion']);
    expect(await holderOf(harness, 'b')).to.equal(null);
  });

  it('an unchanged duplicate is not processed either', async () => {
    await submitAll('a', 'b');
    harness.submit('b');
    await harness.drain();
    expect(harness.auditOf('b')).to.deep.equal(['DUPLICATE', 'UNCHANGED']);
  });

  it('of a content that was rejected are rejected too', async () => {
    const broken = { ...FILM, fault: 'MILL_MEDIA_CORRUPT' } as const;
    harness.submit('a', broken);
    harness.submit('b', broken);
    await harness.drain();
    for (const assetId of ['a', 'b']) expect(await harness.indexed(assetId)).to.deep.include({ state: 'REJECTED' });
  });

  it('all removed: the blobs go once, with the last', async () => {
    await submitAll('a', 'b', 'c');
    for (const assetId of ['a', 'b', 'c']) harness.remove(assetId);
    await harness.drain();
    expect(await harness.world.folders()).to.be.empty;
    expect(await harness.index.counts()).to.deep.include({ assets: 0, moments: 0 });
  });
});
