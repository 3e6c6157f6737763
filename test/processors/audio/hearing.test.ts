import { expect } from 'chai';
import { MillraceError, type BlobStore } from '../../../connectors/ports/index.ts';
import { createHearer, type AudioFindings } from '../../../processors/audio/index.ts';
import { openModelHost, type ModelHost } from '../../../processors/inference/index.ts';
import type { Phrase } from '../../../schemas/index.ts';
import { openTestModels } from '../../support/models.ts';
import { decodedSample, noise, silence, wordErrorRate } from '../../support/sound.ts';
import { chunkOf, insightOf, temporaryBlobs } from '../units.ts';

const DASHWOOD = 'and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for them';
const RESPECTABLE = 'had he married a more amiable woman he might have been made still more respectable than he was';
const COLD_HEARTED = 'unless to be rather cold hearted and rather selfish is to be ill disposed';
const AMIABLE = 'he might even have been made amiable himself';

const phrasesOf = (findings: AudioFindings): readonly Phrase[] => {
  const { result } = insightOf(findings, 'SPEECH');
  expect(result?.type).to.equal('Transcript');
  return result?.type === 'Transcript' ? result.phrases : [];
};

describe('hearing', () => {
  let models: ModelHost;
  let blobs: BlobStore;
  let dispose: () => Promise<void>;
  before(async () => {
    models = await openTestModels();
    ({ blobs, dispose } = await temporaryBlobs());
  });
  after(async () => {
    await models.close();
    await dispose();
  });

  const hear = async (pcm: Buffer, startMs?: number): Promise<AudioFindings> =>
    createHearer({ blobs, models }).hear(await chunkOf(blobs, pcm, startMs), { signal: new AbortController().signal });

  it('writes down what is said', async () => {
    const clips = [['dashwood.flac', DASHWOOD], ['respectable.ogg', RESPECTABLE], ['cold-hearted.mp3', COLD_HEARTED], ['amiable.flac', AMIABLE]] as const;
    const heard = await Promise.all(clips.map(async ([file]) => phrasesOf(await hear(await decodedSample('speech', file)))));
    const text = heard.map((phrases) => phrases.map((phrase) => phrase.text).join(' ')).join(' ');
    expect(wordErrorRate(clips.map(([, truth]) => truth).join(' '), text)).to.be.at.most(0.15);
  });

  it('says when, on the timeline of the source', async () => {
    const pcm = Buffer.concat([silence(2_000), await decodedSample('speech', 'dashwood.flac'), silence(1_500), await decodedSample('speech', 'respectable.ogg')]);
    const findings = await hear(pcm, 60_000);
    const phrases = phrasesOf(findings);
    // By ear and eye: 0.3 to 6.8 s of the first clip, 0.3 to 5.8 s of the second.
    const truth = [[62_300, 68_800], [70_900, 76_400]] as const;
    expect(phrases).to.have.length(2);
    truth.forEach(([startMs, endMs], index) => {
      expect(phrases[index]!.startMs).to.be.closeTo(startMs, 500);
      expect(phrases[index]!.endMs).to.be.closeTo(endMs, 500);
    });
    const { result } = insightOf(findings, 'VOICE_ACTIVITY');
    expect(result?.type === 'VoiceActivity' && result.spans[0]!.startMs).to.be.closeTo(62_300, 500);
  });

  it('sends every phrase on as a text unit that its insight names', async () => {
    const findings = await hear(await decodedSample('speech', 'dashwood.flac'), 120_000);
    const speech = insightOf(findings, 'SPEECH');
    const [phrase] = phrasesOf(findings);
    const [unit] = findings.textUnits;
    expect(findings.textUnits).to.have.length(1);
    expect(unit).to.deep.include({ unitId: `speech:${phrase!.startMs}`, origin: 'SPEECH', text: phrase!.text, startMs: phrase!.startMs, endMs: phrase!.endMs, lineage: speech.lineage });
    expect(speech.spawned).to.deep.equal([{ unitId: unit!.unitId, tasks: ['TEXT_EMBEDDING'] }]);
    expect(speech.confidence).to.be.within(0.5, 1);
    expect(speech.computeMs).to.be.greaterThan(0);
    expect(speech.result).to.include({ language: 'en' });
  });

  it('cuts speech without pauses into phrases of at most 10 s and loses no words', async () => {
    const clips = await Promise.all(['dashwood.flac', 'respectable.ogg', 'cold-hearted.mp3'].map((file) => decodedSample('speech', file)));
    const findings = await hear(Buffer.concat(clips));
    const phrases = phrasesOf(findings);
    for (const { startMs, endMs } of phrases) expect(endMs - startMs).to.be.at.most(10_000);
    expect(wordErrorRate([DASHWOOD, RESPECTABLE, COLD_HEARTED].join(' '), phrases.map(({ text }) => text).join(' '))).to.be.at.most(0.15);
    expect(new Set(findings.textUnits.map(({ unitId }) => unitId)).size).to.equal(phrases.length);
  });

  it('hears no words in silence, noise or music', async () => {
    for (const pcm of [silence(8_000), noise(8_000), await decodedSample('video', 'concert.mp4'), Buffer.alloc(0)]) {
      const findings = await hear(pcm);
      expect(phrasesOf(findings)).to.deep.equal([]);
      expect(findings.textUnits).to.deep.equal([]);
      expect(findings.insights.map(({ task, status }) => [task, status])).to.deep.equal([['VOICE_ACTIVITY', 'OK'], ['SPEECH', 'OK']]);
    }
  });

  it('gives the same ids for the same input', async () => {
    const pcm = await decodedSample('speech', 'amiable.flac');
    const ids = async () => (await hear(pcm)).insights.map(({ insightId }) => insightId);
    expect(await ids()).to.deep.equal(await ids());
  });

  it('skips with a reason what has no model', async () => {
    const none = await openModelHost({ modelsDirectory: '/nonexistent' });
    const { insights, textUnits } = await createHearer({ blobs, models: none }).hear(await chunkOf(blobs, silence(100)), { signal: new AbortController().signal });
    await none.close();
    expect(textUnits).to.be.empty;
    expect(insights.map(({ task, status }) => [task, status])).to.deep.equal([['VOICE_ACTIVITY', 'SKIPPED'], ['SPEECH', 'SKIPPED']]);
    for (const { reason, result, model } of insights) {
      expect(reason).to.match(/not installed/);
      expect([result, model]).to.deep.equal([null, null]);
    }
  });

  it('stands in for a chunk that cannot be heard', async () => {
    const chunk = await chunkOf(blobs, silence(100));
    const { insights } = createHearer({ blobs, models }).failed(chunk, new MillraceError('MILL_BLOB_NOT_FOUND', 'gone'));
    expect(insights.map(({ task, status, reason }) => [task, status, reason])).to.deep.equal([
      ['VOICE_ACTIVITY', 'FAILED', 'MILL_BLOB_NOT_FOUND: gone'], ['SPEECH', 'FAILED', 'MILL_BLOB_NOT_FOUND: gone'],
    ]);
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    controller.abort(new MillraceError('MILL_TIMEOUT', 'too long'));
    const chunk = await chunkOf(blobs, silence(1_000));
    const error: unknown = await createHearer({ blobs, models }).hear(chunk, { signal: controller.signal }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_TIMEOUT');
  });
});
