import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { stringSerde } from '../../../schemas/index.ts';
import { TOPICS } from '../../../topology/media/index.ts';
import { FILM, Harness, PHOTO } from './harness.ts';
import { hashOf } from './world.ts';

const OTHER_FILM = { ...FILM, salt: 'cut differently' };

describe('media topology: admission of an asset', () => {
  let harness: Harness;
  beforeEach(async () => { harness = await Harness.open(); });
  afterEach(async () => { await harness.close(); });

  it('drops a repeated eventId', async () => {
    harness.submit('film', FILM, { eventId: 'the same' });
    harness.submit('film', FILM, { eventId: 'the same' });
    await harness.drain();
    harness.submit('film', OTHER_FILM, { eventId: 'the same' });
    await harness.drain();
    expect(harness.world.countOf('hash')).to.equal(1);
    expect(harness.auditOf('film')).to.deep.equal(['ADMITTED', 'DECODED', 'COMPLETED']);
  });

  it('an eventId counts for its own asset alone', async () => {
    harness.submit('film', FILM, { eventId: 'the same' });
    harness.submit('photo', PHOTO, { eventId: 'the same' });
    await harness.drain();
    expect([harness.auditOf('film').at(-1), harness.auditOf('photo').at(-1)]).to.deep.equal(['COMPLETED', 'COMPLETED']);
  });

  it('processes an unchanged source once, and says so', async () => {
    harness.submit('film', FILM);
    await harness.drain();
    const { calls } = harness.world;
    const before = calls.length;
    harness.submit('film');
    await harness.drain();
    expect(calls.slice(before).map(({ call }) => call)).to.deep.equal(['hash']);
    expect(harness.lastAudit('film')).to.deep.include({ type: 'UNCHANGED', revision: 1, library: 'home' });
    expect(harness.documents).to.have.length(1);
  });

  it('does not even read a source of the same size and time of change', async () => {
    const stats = { sizeBytes: JSON.stringify(FILM).length, modifiedAtMs: 77 };
    harness.submit('film', FILM, stats);
    await harness.drain();
    harness.submit('film', undefined, stats);
    await harness.drain();
    expect(harness.world.countOf('hash')).to.equal(1);
    expect(harness.lastAudit('film')?.type).to.equal('UNCHANGED');
    harness.submit('film', OTHER_FILM, { ...stats, modifiedAtMs: 78 });
    await harness.drain();
    expect(harness.world.countOf('hash')).to.equal(2);
    expect((await harness.indexed('film'))?.revision).to.equal(2);
  });

  it('the same source submitted twice in one epoch is processed once', async () => {
    harness.submit('film', FILM);
    harness.submit('film');
    await harness.drain();
    expect(harness.world.countOf('plan')).to.equal(1);
    expect(harness.audit.filter(({ assetId }) => assetId === 'film').map(({ type }) => type)).to.have.members(['UNCHANGED', 'ADMITTED', 'DECODED', 'COMPLETED']);
    expect(harness.documents).to.have.length(1);
  });

  it('changed content is a new revision: the old one leaves the index with its blobs', async () => {
    harness.submit('film', FILM);
    await harness.drain();
    harness.submit('film', { kind: 'VIDEO', segments: [{ tag: 'horse' }] });
    await harness.drain();
    expect((await harness.indexed('film'))?.body).to.deep.include({ revision: 2, tags: [{ label: 'horse', confidence: 0.5, count: 1 }], transcript: null });
    expect(await harness.moments('film')).to.deep.equal(['2 frame horse']);
    expect(await harness.world.folders()).to.deep.equal([hashOf({ kind: 'VIDEO', segments: [{ tag: 'horse' }] })]);
    expect(harness.auditOf('film')).to.deep.equal(['ADMITTED', 'DECODED', 'COMPLETED', 'ADMITTED', 'DECODED', 'COMPLETED']);
  });

  it('content that changes while the old one is in process: the old blobs go when its last work is done', async () => {
    // The units of this asset lie in different partitions: one that is held holds up no other.
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    harness.world.before = async (call, subject) => { if (call === 'decode' && subject === 'clip/1') await held; };
    harness.submit('clip', FILM);
    const drained = harness.drain();
    await harness.until(() => harness.world.calls.some(({ subject }) => subject === 'clip/1'));
    harness.submit('clip', { kind: 'IMAGE', segments: [{ tag: 'horse' }] });
    await harness.until(() => harness.auditOf('clip').includes('COMPLETED'));
    expect(await harness.world.folders()).to.include(hashOf(FILM));
    release();
    await drained;
    await harness.drain();
    expect(await harness.world.folders()).to.deep.equal([hashOf({ kind: 'IMAGE', segments: [{ tag: 'horse' }] })]);
    expect(await harness.moments('clip')).to.deep.equal(['2 frame horse']);
  });

  it('other attributes of the same bytes are a new revision', async () => {
    harness.submit('photo', PHOTO, { attributes: { place: 'Lyon' } });
    await harness.drain();
    harness.submit('photo', undefined, { attributes: { place: 'Paris' } });
    await harness.drain();
    expect((await harness.indexed('photo'))?.text).to.include('Paris');
    expect(await harness.moments('photo')).to.deep.equal(['2 frame lion']);
    expect(await harness.world.folders()).to.deep.equal([hashOf(PHOTO)]);
  });

  it('a source that goes back to what it was is processed again', async () => {
    for (const content of [FILM, PHOTO, FILM]) {
      harness.submit('film', content);
      await harness.drain();
    }
    expect((await harness.indexed('film'))?.revision).to.equal(3);
    expect(await harness.world.folders()).to.deep.equal([hashOf(FILM)]);
  });

  it('rejects what cannot be read or probed, with a dead letter and the reason', async () => {
    harness.submit('gone', null);
    harness.submit('broken', { ...FILM, fault: 'MILL_MEDIA_CORRUPT' });
    await harness.drain();
    for (const [assetId, reason] of [['gone', 'MILL_SOURCE_NOT_FOUND: There is no file:///media/gone.'], ['broken', 'MILL_MEDIA_CORRUPT: as the test wants it']] as const) {
      expect((await harness.indexed(assetId))?.body).to.deep.include({ state: 'REJECTED', reasons: [reason], revision: 1 });
      expect(harness.auditOf(assetId)).to.deep.equal(['REJECTED']);
    }
    expect(harness.deadLetters).to.have.length(2);
    expect(harness.world.countOf('decode')).to.equal(0);
  });

  it('a rejected asset is processed when it was repaired', async () => {
    harness.submit('gone', null);
    harness.submit('broken', { ...FILM, fault: 'MILL_MEDIA_CORRUPT' });
    await harness.drain();
    harness.submit('gone', PHOTO);
    harness.submit('broken', FILM);
    await harness.drain();
    for (const assetId of ['gone', 'broken']) expect(await harness.indexed(assetId)).to.deep.include({ state: 'COMPLETE', revision: 2 });
  });

  it('a rejected asset that is unchanged is not tried again, and the audit says why it was rejected', async () => {
    harness.submit('broken', { ...FILM, fault: 'MILL_MEDIA_CORRUPT' });
    await harness.drain();
    harness.submit('broken');
    await harness.drain();
    expect(harness.lastAudit('broken')).to.deep.include({ type: 'UNCHANGED', revision: 1 });
    expect(harness.lastAudit('broken')?.detail).to.include('MILL_MEDIA_CORRUPT');
    expect(harness.deadLetters).to.have.length(1);
  });

  it('an empty file is rejected once, and not even read again while it is untouched', async () => {
    const stats = { sizeBytes: 0, modifiedAtMs: 77 };
    harness.world.before = async (call) => { if (call === 'hash') throw new MillraceError('MILL_MEDIA_EMPTY', 'no bytes'); };
    harness.submit('film', FILM, stats);
    await harness.drain();
    harness.submit('film', undefined, stats);
    await harness.drain();
    expect(harness.auditOf('film')).to.deep.equal(['REJECTED', 'UNCHANGED']);
    expect(harness.world.countOf('hash')).to.equal(1);
    expect(harness.deadLetters).to.have.length(1);
    harness.world.before = async () => undefined;
    harness.submit('film', undefined, { ...stats, modifiedAtMs: 78 });
    await harness.drain();
    expect(await harness.indexed('film')).to.deep.include({ state: 'COMPLETE', revision: 2 });
  });

  it('a source that cannot be read is looked for again each time', async () => {
    const stats = { sizeBytes: 10, modifiedAtMs: 77 };
    harness.submit('gone', null, stats);
    await harness.drain();
    harness.submit('gone', undefined, stats);
    await harness.drain();
    expect(harness.auditOf('gone')).to.deep.equal(['REJECTED', 'UNCHANGED']);
    harness.submit('gone', PHOTO, stats);
    await harness.drain();
    expect(await harness.indexed('gone')).to.deep.include({ state: 'COMPLETE', revision: 2 });
  });

  for (const code of ['MILL_FFMPEG_MISSING', 'MILL_SOURCE_CHANGED', 'MILL_MEDIA_LIMIT'] as const) it(`an asset that was rejected by ${code} is tried again, though it is unchanged`, async () => {
    harness.world.before = async (call) => { if (call === 'plan') throw new MillraceError(code, 'not now'); };
    harness.submit('film', FILM);
    await harness.drain();
    expect(harness.auditOf('film')).to.deep.equal(['REJECTED']);
    harness.world.before = async () => undefined;
    harness.submit('film');
    await harness.drain();
    expect(await harness.indexed('film')).to.deep.include({ state: 'COMPLETE', revision: 2 });
  });

  it('an event that breaks the rules of its topic has a dead letter and nothing else', async () => {
    harness.submit('film', FILM, { assetId: 'another' });
    harness.submit('a\0b', PHOTO, {});
    harness.submit('photo', PHOTO, { sourceUri: 'no uri' });
    harness.driver.inputBytes(TOPICS.assets, stringSerde.serialize('garbage'), Buffer.from('no avro'));
    await harness.drain();
    expect(harness.deadLetters).to.have.length(4);
    expect(harness.audit).to.be.empty;
    expect(harness.documents).to.be.empty;
  });
});
