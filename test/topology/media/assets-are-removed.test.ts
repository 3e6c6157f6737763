import { expect } from 'chai';
import { FILM, Harness, PHOTO } from './harness.ts';
import { hashOf } from './world.ts';
import type { Call } from './world.ts';

describe('media topology: removal', () => {
  let harness: Harness;
  beforeEach(async () => { harness = await Harness.open(); });
  afterEach(async () => { await harness.close(); });

  it('takes documents, moments and blobs away', async () => {
    harness.submit('film', FILM);
    harness.submit('photo', PHOTO);
    await harness.drain();
    harness.remove('film');
    await harness.drain();
    expect(await harness.indexed('film')).to.equal(undefined);
    expect(await harness.moments('film')).to.be.empty;
    expect(await harness.world.folders()).to.deep.equal([hashOf(PHOTO)]);
    expect(harness.lastAudit('film')).to.deep.include({ type: 'REMOVED', revision: 1, library: 'home' });
    expect(await harness.indexed('photo')).to.deep.include({ state: 'COMPLETE' });
  });

  it('of an unknown asset, or of one that is gone, has no effect but an audit event', async () => {
    harness.remove('film');
    await harness.drain();
    expect(harness.audit).to.have.length(1);
    expect(harness.audit[0]).to.deep.include({ type: 'REMOVED', revision: 0, detail: 'Nothing is known of this asset.' });
    expect(harness.documents).to.be.empty;

    harness.submit('film', FILM);
    await harness.drain();
    harness.remove('film');
    harness.remove('film');
    await harness.drain();
    expect(harness.lastAudit('film')?.type).to.equal('REMOVED');
    expect(harness.audit.filter(({ detail }) => detail === 'It was removed before.')).to.have.length(1);
    expect(harness.documents.filter(({ document }) => document === null)).to.have.length(1);
    expect(harness.world.countOf('deleteFolder')).to.equal(1);
  });

  it('then added again, the same file is processed again with a higher revision', async () => {
    const stats = { sizeBytes: JSON.stringify(FILM).length, modifiedAtMs: 77 };
    for (const revision of [1, 2, 3]) {
      harness.submit('film', FILM, stats);
      await harness.drain();
      expect(await harness.indexed('film')).to.deep.include({ state: 'COMPLETE', revision });
      expect(await harness.moments('film')).to.have.length(6);
      expect(await harness.world.folders()).to.deep.equal([hashOf(FILM)]);
      if (revision === 3) continue;
      harness.remove('film');
      await harness.drain();
      expect(await harness.indexed('film')).to.equal(undefined);
    }
  });

  it('added, removed and added in one epoch: the last word counts', async () => {
    harness.submit('film', FILM);
    harness.remove('film');
    harness.submit('film');
    harness.submit('photo', PHOTO);
    harness.submit('photo');
    harness.remove('photo');
    await harness.drain();
    expect(await harness.indexed('film')).to.deep.include({ state: 'COMPLETE', revision: 2 });
    expect(await harness.moments('film')).to.have.length(6);
    expect(await harness.indexed('photo')).to.equal(undefined);
    expect(await harness.moments('photo')).to.be.empty;
    expect(await harness.world.folders()).to.deep.equal([hashOf(FILM)]);
  });

  for (const held of ['hash', 'plan', 'decode', 'vision', 'audio', 'text'] satisfies Call[]) {
    it(`while ${held} is under way: the document goes at once, the blobs when nothing is in flight, and nothing comes back`, async () => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => { release = resolve; });
      harness.world.before = async (call) => { if (call === held) await released; };
      harness.submit('film', FILM);
      const drained = harness.drain();
      await harness.until(() => harness.world.countOf(held) > 0);
      harness.remove('film');
      if (held !== 'hash') {
        await harness.until(() => harness.auditOf('film').includes('REMOVED'));
        expect(harness.documents).to.deep.equal([{ assetId: 'film', document: null }]);
        expect(harness.world.countOf('deleteFolder')).to.equal(0);
      }
      release();
      await drained;
      await harness.drain();
      expect(await harness.index.counts()).to.deep.include({ assets: 0, moments: 0 });
      expect(await harness.world.folders()).to.be.empty;
      expect(harness.auditOf('film').filter((type) => type === 'REMOVED')).to.have.length(1);
      expect(harness.documents.filter(({ document }) => document !== null)).to.be.empty;
    });
  }

  it('and added again while the old work is in flight: the blobs stay for the new revision', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => { release = resolve; });
    let holding = true;
    harness.world.before = async (call, subject) => { if (holding && call === 'decode' && subject === 'film/1') await released; };
    harness.submit('film', FILM);
    const drained = harness.drain();
    await harness.until(() => harness.world.calls.some(({ subject }) => subject === 'film/1'));
    harness.remove('film');
    await harness.until(() => harness.auditOf('film').includes('REMOVED'));
    harness.submit('film');
    await harness.until(() => harness.auditOf('film').filter((type) => type === 'ADMITTED').length === 2);
    holding = false;
    release();
    await drained;
    await harness.drain();
    expect(await harness.indexed('film')).to.deep.include({ state: 'COMPLETE', revision: 2 });
    expect(await harness.moments('film')).to.have.length(6);
    expect(await harness.world.folders()).to.deep.equal([hashOf(FILM)]);
    expect(harness.world.countOf('deleteFolder')).to.equal(0);
  });
});
