import { expect } from 'chai';
import type { AudioChunk } from '../../../schemas/index.ts';
import { quietestPoint } from '../../../processors/decode/audio/quietest.ts';
import { admit, redThenBlue, Workshop } from './support/media.ts';

/** Sound with a pause of 400 ms at each of these times. */
const withPauses = (seconds: number, pausesAt: readonly number[], rate = 44_100): string[] => [
  '-f', 'lavfi', '-i', `aevalsrc='(0.3*sin(2*PI*440*t)+0.2*(random(0)-0.5))*(1-${pausesAt.map((at) => `between(t,${at - 0.2},${at + 0.2})`).join('-') || '0'})':s=${rate}:d=${seconds}`,
];

describe('the sound of a segment', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(() => shop.close());

  async function chunksOf(path: string): Promise<AudioChunk[]> {
    const { segments } = await admit(path, { segmentMs: 10_000 });
    const chunks: AudioChunk[] = [];
    // Each by a decoder of its own, as on different machines, and the last first.
    for (const segment of [...segments].reverse()) chunks.unshift(...(await (await shop.decoder())(segment)).audioChunks);
    return chunks;
  }

  const samplesOf = async (chunks: readonly AudioChunk[]): Promise<Int16Array> => {
    const pcm = Buffer.concat(await Promise.all(chunks.map(({ blobKey }) => shop.blobs.get(blobKey))));
    return new Int16Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.length));
  };

  it('is cut where it is quietest, and both neighbours cut alike, in every container', async function () {
    this.timeout(120_000);
    const wav = await shop.ffmpeg('speech.wav', ...withPauses(32, [11.8, 18.1]));
    for (const [name, ...codec] of [['speech.wav'], ['a.mp3'], ['a.m4a', '-c:a', 'aac', '-b:a', '24k'], ['a.mka', '-c:a', 'aac'], ['a.opus', '-c:a', 'libopus'], ['a.ogg', '-c:a', 'libvorbis'], ['a.flac'], ['a.ts', '-c:a', 'mp2']] as const) {
      const path = name === 'speech.wav' ? wav : await shop.ffmpeg(name, '-i', wav, ...codec);
      const chunks = await chunksOf(path);
      expect(chunks, name).to.have.length(3);
      expect(chunks[0]!.startMs, name).to.equal(0);
      expect(chunks[0]!.endMs, name).to.be.within(11_650, 11_950);
      expect(chunks[1]!.endMs, name).to.be.within(17_950, 18_250);
      chunks.slice(1).forEach((chunk, index) => {
        expect(chunk.startMs, `${name}: no gap, nothing twice`).to.equal(chunks[index]!.endMs);
      });
      expect(chunks[2]!.endMs, name).to.be.within(31_900, 32_200);
      expect(chunks.map(({ unitId }) => unitId)).to.deep.equal(chunks.map(({ startMs }) => `audio:${startMs}`));
      for (const { startMs, endMs, blobKey } of chunks) expect((await shop.blobs.get(blobKey)).length / 32, name).to.be.closeTo(endMs - startMs, 1);
    }
  });

  it('put together again is the sound of the whole', async () => {
    const wav = await shop.ffmpeg('whole.wav', ...withPauses(32, [11.8]));
    const together = await samplesOf(await chunksOf(wav));
    const { segments } = await admit(wav, { segmentMs: 60_000 });
    const whole = await samplesOf((await (await shop.decoder())(segments[0]!)).audioChunks);
    expect(together.length).to.equal(whole.length);
    const difference = together.reduce((most, sample, index) => Math.max(most, Math.abs(sample - whole[index]!)), 0);
    expect(difference).to.be.at.most(1);
  });

  it('lies where it is on the timeline of the picture', async () => {
    const tone = ['-itsoffset', '3', '-f', 'lavfi', '-i', 'sine=d=5'];
    const film = await shop.ffmpeg('late-sound.mkv', '-f', 'lavfi', '-i', 'color=red:s=64x48:d=10', ...tone, '-map', '0:v', '-map', '1:a', '-c:v', 'libx264', '-c:a', 'flac');
    const { segments } = await admit(film);
    const { audioChunks } = await (await shop.decoder())(segments[0]!);
    const samples = await samplesOf(audioChunks);
    expect(audioChunks[0]!.startMs).to.equal(0);
    expect(samples.findIndex((sample) => Math.abs(sample) > 500) / 16).to.be.within(2950, 3050);
  });

  it('that is silent, or not there, makes no chunk', async () => {
    const silent = await shop.ffmpeg('silent.mp4', '-f', 'lavfi', '-i', 'color=red:s=64x48:d=3', '-f', 'lavfi', '-i', 'anullsrc=d=3', '-t', '3', '-c:v', 'libx264', '-c:a', 'aac');
    const mute = await shop.ffmpeg('mute.mp4', ...redThenBlue(3), '-c:v', 'libx264');
    for (const path of [silent, mute]) {
      const { segments } = await admit(path);
      const { audioChunks, insights } = await (await shop.decoder())(segments[0]!);
      expect(audioChunks).to.deep.equal([]);
      expect(insights[0]).to.deep.include({ task: 'DECODE', status: 'OK', reason: null });
    }
  });
});

describe('the quietest point', () => {
  it('is the middle of the quietest 200 ms, and of equals the nearest to the middle', () => {
    const loud = Int16Array.from({ length: 16_000 }, (_, index) => (index % 2 === 0 ? 8000 : -8000));
    expect(quietestPoint(loud, 0, 16_000)).to.equal(8000);
    const paused = loud.map((sample, index) => (index >= 2400 && index < 6400 ? 0 : sample));
    expect(quietestPoint(paused, 0, 16_000)).to.equal(4800);
    expect(quietestPoint(loud, 15_000, 16_000)).to.equal(undefined);
  });
});
