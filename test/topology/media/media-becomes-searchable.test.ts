import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { FILM, Harness, PAGE, PHOTO, TALK } from './harness.ts';
import { hashOf, vectorOf } from './world.ts';

describe('media topology: from a media event to a search result', () => {
  let harness: Harness;
  beforeEach(async () => { harness = await Harness.open(); });
  afterEach(async () => { await harness.close(); });

  it('video, photograph, speech and text become documents and moments', async () => {
    harness.submit('film', FILM, { attributes: { place: 'Lyon' } });
    harness.submit('photo', PHOTO);
    harness.submit('talk', TALK);
    harness.submit('page', PAGE);
    await harness.drain();

    expect((await harness.indexed('film'))?.body).to.deep.include({
      state: 'COMPLETE', reasons: [], revision: 1, contentHash: hashOf(FILM), transcript: 'good morning\ngood night', shots: [{ startMs: 0, endMs: 120_000 }],
      tags: [{ label: 'cat', confidence: 0.5, count: 1 }, { label: 'dog', confidence: 0.5, count: 1 }],
      metadata: [{ namespace: 'container', key: 'title', value: 'Title film.bin' }, { namespace: 'attribute', key: 'place', value: 'Lyon' }],
    });
    expect(await harness.moments('film')).to.deep.equal([
      '1 frame cat', '1 frame dog', '1 screen good morning', '1 screen good night', '1 speech good morning', '1 speech good night',
    ]);
    expect(await harness.moments('photo')).to.deep.equal(['1 frame lion']);
    expect(await harness.moments('talk')).to.deep.equal(['1 speech one two three']);
    expect(await harness.moments('page')).to.deep.equal(['1 document the mill by the river']);
    expect(harness.auditOf('film')).to.deep.equal(['ADMITTED', 'DECODED', 'COMPLETED']);
    expect(harness.deadLetters).to.be.empty;
    const [nearest] = await harness.index.searchVector(vectorOf('cat'), 1, {});
    expect(nearest?.moment).to.deep.include({ assetId: 'film', modality: 'frame', startMs: 60_000, endMs: 120_000, model: 'image_embedding@1', mediaKind: 'VIDEO' });
    const [place] = await harness.index.searchAssets('lyon', 1, {});
    expect(place?.asset.assetId).to.equal('film');
  });

  it('finds an asset by the words in its file name', async () => {
    harness.submit('photo', PHOTO, { fileName: 'summerHoliday_2024.jpeg' });
    await harness.drain();
    for (const word of ['summer', 'holiday', '2024', 'jpeg', 'lion']) {
      expect((await harness.index.searchAssets(word, 5, {})).map(({ asset }) => asset.assetId), word).to.deep.equal(['photo']);
    }
  });

  it('a stage that fails for good leaves a dead letter, and a partial document that says so', async () => {
    harness.world.before = async (call, subject) => {
      if (call === 'audio' && subject === 'film/audio:0') throw new MillraceError('MILL_MODEL_FAILED', 'bad sound');
      if (call === 'decode' && subject === 'film/1') throw new MillraceError('MILL_MEDIA_CORRUPT', 'half a file');
    };
    harness.submit('film', FILM);
    await harness.drain();
    expect((await harness.indexed('film'))?.body).to.deep.include({
      state: 'PARTIAL', transcript: null,
      reasons: [
        'DECODE failed: MILL_MEDIA_CORRUPT: half a file', 'SHOTS failed: MILL_MEDIA_CORRUPT: half a file',
        'SPEECH failed: MILL_MODEL_FAILED: bad sound', 'VOICE_ACTIVITY failed: MILL_MODEL_FAILED: bad sound',
      ],
    });
    expect(await harness.moments('film')).to.deep.equal(['1 frame dog', '1 screen good morning']);
    expect(harness.auditOf('film')).to.deep.equal(['ADMITTED', 'DECODED', 'PARTIAL']);
    expect(harness.deadLetters.map(({ errors }) => errors['topic'])).to.have.members(['media.work', 'media.audio']);
  });

  it('a transient failure is tried again', async () => {
    let failures = 0;
    harness.world.before = async (call) => {
      if (call === 'vision' && failures++ === 0) throw new MillraceError('MILL_INFERENCE_WORKER_LOST', 'gone');
    };
    harness.submit('photo', PHOTO);
    await harness.drain();
    expect(harness.world.countOf('vision')).to.equal(2);
    expect((await harness.indexed('photo'))?.state).to.equal('COMPLETE');
    expect(harness.deadLetters).to.be.empty;
  });

  it('an operation that the index refuses is dead-lettered with its reason, and the others are written', async () => {
    const { text } = harness.world.services;
    const run = text.run.bind(text);
    text.run = async (unit, context) => {
      const { insights } = await run(unit, context);
      return { insights: insights.map((insight) => (insight.result?.type === 'TextEmbedding' ? { ...insight, result: { ...insight.result, vector: new Float32Array([2, 0]) } } : insight)) };
    };
    harness.submit('film', FILM);
    await harness.drain();
    expect(await harness.moments('film')).to.deep.equal(['1 frame cat', '1 frame dog']);
    expect(harness.deadLetters).to.have.length(4);
    expect(harness.deadLetters[0]?.errors['message']).to.match(/(speech|screen) \w+ of asset film: the vector has length 2.000/);
  });
});
