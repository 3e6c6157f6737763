import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { projectFile } from '../../../ops/paths.ts';
import type { ModelHost } from '../../../processors/inference/index.ts';
import type { Insight, Shot } from '../../../schemas/index.ts';
import { openTestModels } from '../../support/models.ts';
import { admit, redThenBlue, rotated, Workshop } from './support/media.ts';
import { insightOf } from '../units.ts';

const shotsOf = (insights: readonly Insight[]): readonly Shot[] => {
  const { result } = insightOf({ insights }, 'SHOTS');
  return result?.type === 'ShotList' ? result.shots : [];
};

interface Truth {
  readonly films: Readonly<Record<string, { readonly frameRate: number; readonly shots: readonly { readonly start: number; readonly end: number }[] }>>;
}

describe('a segment of video', () => {
  let shop: Workshop;
  let models: ModelHost;
  before(async () => {
    shop = await Workshop.open();
    models = await openTestModels();
  });
  after(async () => {
    await models.close();
    await shop.close();
  });

  const colourAt = async (blobKey: string): Promise<string> => {
    const { dominant } = await sharp(await shop.blobs.get(blobKey)).stats();
    return dominant.r > 150 && dominant.b < 100 ? 'red' : dominant.b > 150 && dominant.r < 100 ? 'blue' : 'other';
  };

  it('has the shots of the truth, a key frame inside each, and the same result each time', async function () {
    this.timeout(240_000);
    const { films } = JSON.parse(await readFile(projectFile('samples', 'truth', 'films.json'), 'utf8')) as Truth;
    const truth = films['concert.mp4']!;
    const { segments } = await admit(projectFile('samples', 'media', 'video', 'concert.mp4'));
    expect(segments).to.have.length(1);
    const decode = await shop.decoder({ models });
    const { frames, audioChunks, textUnits, insights } = await decode(segments[0]!);

    const shots = shotsOf(insights);
    const starts = truth.shots.map(({ start }) => (start * 1000) / truth.frameRate);
    expect(shots.map(({ startMs }) => startMs)).to.have.length(starts.length);
    shots.forEach(({ startMs }, index) => {
      expect(startMs).to.be.closeTo(starts[index]!, 80);
    });
    expect(insightOf({ insights }, 'SHOTS')).to.deep.include({ status: 'OK', reason: null });
    expect(insightOf({ insights }, 'SHOTS').model).to.deep.include({ name: 'transnetv2' });
    for (const shot of shots) {
      const inside = frames.filter(({ timeMs }) => timeMs !== null && timeMs >= shot.startMs && timeMs < shot.endMs);
      expect(inside).to.not.be.empty;
      for (const { shotStartMs, shotEndMs } of inside) expect([shotStartMs, shotEndMs]).to.deep.equal([shot.startMs, shot.endMs]);
    }
    const decoded = insightOf({ insights }, 'DECODE');
    expect(decoded).to.deep.include({ status: 'OK', reason: null, unitId: 'segment:0', model: null });
    expect(decoded.spawned).to.deep.equal([
      ...frames.map(({ unitId }) => ({ unitId, tasks: ['IMAGE_EMBEDDING', 'TAGS', 'OCR'] })),
      ...audioChunks.map(({ unitId }) => ({ unitId, tasks: ['VOICE_ACTIVITY', 'SPEECH'] })),
      ...textUnits.map(({ unitId }) => ({ unitId, tasks: ['TEXT_EMBEDDING'] })),
    ]);
    for (const { blobKey, width, height } of frames) {
      expect(blobKey.startsWith(`${segments[0]!.contentHash}/`)).to.equal(true);
      const { format, width: w, height: h } = await sharp(await shop.blobs.get(blobKey)).metadata();
      expect([format, w, h]).to.deep.equal(['jpeg', width, height]);
    }
    const again = await (await shop.decoder({ models }))(segments[0]!);
    expect(again.frames).to.deep.equal(frames);
    expect(again.audioChunks).to.deep.equal(audioChunks);
    expect(again.insights.map(({ insightId }) => insightId)).to.deep.equal(insights.map(({ insightId }) => insightId));
  });

  it('sees no cut at its borders, and joins what continues', async function () {
    this.timeout(120_000);
    // A cut at 12 s; a border at 10 s, within a shot, and one at 20 s.
    const film = await shop.ffmpeg('long.mp4', ...redThenBlue(24), '-c:v', 'libx264', '-g', '60');
    const { segments } = await admit(film, { segmentMs: 10_000 });
    const decode = await shop.decoder({ models });
    const shots: Shot[] = [];
    for (const segment of segments.slice(0, 2)) shots.push(...shotsOf((await decode(segment)).insights));
    const cutMs = shots[2]?.startMs ?? 0;
    expect(cutMs).to.be.within(11_960, 12_040);
    expect(shots.map(({ startMs, endMs, continuesPrevious }) => [startMs, endMs, continuesPrevious])).to.deep.equal([
      [0, 10_000, false], [10_000, cutMs, true], [cutMs, 20_000, false],
    ]);
  });

  it('without the model has its key frames all the same, and says why it has no shots', async () => {
    const { segments } = await admit(await shop.ffmpeg('cut.mp4', ...redThenBlue(6), '-c:v', 'libx264'));
    const { frames, insights } = await (await shop.decoder())(segments[0]!);
    expect(insightOf({ insights }, 'SHOTS')).to.deep.include({ status: 'SKIPPED', result: null, model: null });
    expect(insightOf({ insights }, 'SHOTS').reason).to.not.equal('');
    expect(await Promise.all(frames.map(({ blobKey }) => colourAt(blobKey)))).to.deep.equal(['red', 'blue']);
    expect(frames.map(({ shotStartMs, shotEndMs }) => [shotStartMs, shotEndMs])).to.deep.equal([[0, 3000], [3000, 6000]]);
  });

  it('has a frame for a shot that is shorter than the distance of candidates', async () => {
    const film = await shop.ffmpeg('flash.mp4', '-f', 'lavfi', '-i', 'color=red:s=320x240:r=25:d=2.08', '-f', 'lavfi', '-i', 'color=blue:s=320x240:r=25:d=0.2', '-f', 'lavfi', '-i', 'color=red:s=320x240:r=25:d=2',
      '-filter_complex', '[0][1][2]concat=n=3:v=1:a=0', '-c:v', 'libx264');
    const { segments } = await admit(film);
    const { frames } = await (await shop.decoder())(segments[0]!);
    expect(await Promise.all(frames.map(({ blobKey }) => colourAt(blobKey)))).to.deep.equal(['red', 'blue', 'red']);
    expect(frames[1]!.timeMs).to.be.within(2080, 2279);
  });

  it('keeps the times of the source: late starts, late pictures, uneven frame rates, seeking between key frames', async () => {
    // A transport stream starts at 1.4 s and more; its timeline starts at 0 all the same.
    const ts = await shop.ffmpeg('offset.ts', ...redThenBlue(24), '-c:v', 'libx264', '-g', '125', '-output_ts_offset', '77');
    const uneven = await shop.ffmpeg('uneven.mkv', '-i', ts, '-vf', "select='not(mod(n,3))+gt(random(1),0.5)'", '-vsync', 'vfr', '-c:v', 'libx264', '-g', '125');
    const late = await shop.ffmpeg('late.mkv', '-f', 'lavfi', '-i', 'sine=d=24', '-itsoffset', '2', '-i', ts, '-map', '0:a', '-map', '1:v', '-c:a', 'flac', '-c:v', 'copy');
    for (const [film, cutMs] of [[ts, 12_000], [uneven, 12_000], [late, 14_000]] as const) {
      const { segments } = await admit(film, { segmentMs: 10_000 });
      const decode = await shop.decoder();
      const frames = [];
      for (const segment of segments) frames.push(...(await decode(segment)).frames);
      const cut = frames.find(({ shotStartMs }) => shotStartMs !== null && Math.abs(shotStartMs - cutMs) < 1500);
      expect(cut?.shotStartMs, film).to.be.within(cutMs - 130, cutMs + 130);
      for (const { timeMs, blobKey } of frames) expect(await colourAt(blobKey), `${film} at ${timeMs}`).to.equal(timeMs! < cut!.shotStartMs! ? 'red' : 'blue');
    }
  });

  it('is turned and shaped as it is shown, and at most 1280 pixels long', async () => {
    const flat = await shop.ffmpeg('flat.mp4', ...redThenBlue(2, '1920x1080'), '-c:v', 'libx264', '-preset', 'ultrafast');
    const { segments } = await admit(await rotated(shop, 'portrait.mp4', flat));
    expect([segments[0]!.width, segments[0]!.height]).to.deep.equal([1080, 1920]);
    const { frames } = await (await shop.decoder())(segments[0]!);
    expect(frames.map(({ width, height }) => [width, height])).to.deep.equal([[720, 1280], [720, 1280]]);
  });

  it('of an animated GIF has frames too', async () => {
    const { segments } = await admit(await shop.ffmpeg('moving.gif', ...redThenBlue(4, '64x48')));
    const { frames } = await (await shop.decoder())(segments[0]!);
    expect(await Promise.all(frames.map(({ blobKey }) => colourAt(blobKey)))).to.deep.equal(['red', 'blue']);
  });
});
