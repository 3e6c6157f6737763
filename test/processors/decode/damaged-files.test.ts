import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { failed } from '../../../processors/decode/index.ts';
import { admit, redThenBlue, rejection, Workshop } from './support/media.ts';

/** The same numbers every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

describe('a damaged file', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(() => shop.close());

  const moving = (seconds: number): string[] => ['-f', 'lavfi', '-i', `testsrc2=s=320x240:r=25:d=${seconds}`, '-f', 'lavfi', '-i', `sine=d=${seconds}`, '-c:v', 'libx264', '-g', '25', '-c:a', 'aac'];

  it('that ends too early keeps the segments it has, names the damage, and fails the rest', async () => {
    const whole = await readFile(await shop.ffmpeg('whole.mp4', ...moving(30), '-movflags', '+faststart'));
    const { segments } = await admit(await shop.write('cut.mp4', whole.subarray(0, whole.length * 0.5)), { segmentMs: 10_000 });
    expect(segments).to.have.length(3);
    const decode = await shop.decoder();
    const first = await decode(segments[0]!);
    expect(first.insights[0]).to.deep.include({ task: 'DECODE', status: 'OK', reason: null });
    const second = await decode(segments[1]!);
    expect(second.frames).to.not.be.empty;
    expect(second.insights[0]!.status).to.equal('OK');
    expect(second.insights[0]!.reason).to.match(/^The source is damaged: .*partial file/);
    const error = await rejection(decode(segments[2]!));
    expect(error.code).to.equal('MILL_MEDIA_CORRUPT');
    expect(error.message).to.match(/^Nothing could be decoded of cut\.mp4 from 20000 to 30\d+ ms: /);
    const instead = failed(segments[2]!, error);
    expect(instead.insights.map(({ task, status, unitId, reason }) => [task, status, unitId, reason])).to.deep.equal(
      ['DECODE', 'SHOTS'].map((task) => [task, 'FAILED', 'segment:2', `${error.code}: ${error.message}`]),
    );
    expect(instead.insights[0]!.insightId).to.match(/^[0-9a-f]{32}$/);
  });

  it('whose picture is broken in the middle keeps the rest', async () => {
    const film = await readFile(await shop.ffmpeg('sound.mkv', ...moving(8)));
    const random = seeded(7);
    for (let at = film.length * 0.4; at < film.length * 0.5; at += 40) film[Math.floor(at)] = Math.floor(random() * 256);
    const { segments } = await admit(await shop.write('broken.mkv', film));
    const { frames, insights } = await (await shop.decoder())(segments[0]!);
    expect(frames).to.not.be.empty;
    expect(insights[0]!.reason).to.match(/^The source is damaged: /);
  });

  it('is no matter of a segment that lies behind the end of the picture', async () => {
    const film = await shop.ffmpeg('short-picture.mp4', '-f', 'lavfi', '-i', 'color=red:s=64x48:d=3', '-f', 'lavfi', '-i', 'sine=d=30', '-c:v', 'libx264', '-c:a', 'aac');
    const { segments } = await admit(film, { segmentMs: 10_000 });
    const { frames, audioChunks, insights } = await (await shop.decoder())(segments[2]!);
    expect([frames.length, audioChunks.length]).to.deep.equal([0, 1]);
    expect(insights[0]).to.deep.include({ status: 'OK', reason: null });
  });

  it('of random flips gives a result or an error of ours: no crash, no hang', async function () {
    this.timeout(180_000);
    const film = await readFile(await shop.ffmpeg('tiny.mp4', ...redThenBlue(2, '64x48'), '-c:v', 'libx264'));
    const photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 100, sigma: 30 } } }).jpeg().toBuffer();
    const decode = await shop.decoder();
    const random = seeded(20_261);
    const outcomes = new Set<string>();
    for (let variant = 0; variant < 30; variant += 1) {
      const bytes = Buffer.from(variant % 2 === 0 ? film : photo);
      const flips = 1 + Math.floor(random() * 40);
      // The head has the structure: half of the flips go there.
      for (let flip = 0; flip < flips; flip += 1) bytes[Math.floor(random() * (flip % 2 === 0 ? 400 : bytes.length))] = Math.floor(random() * 256);
      try {
        const { segments } = await admit(await shop.write(`fuzz-${variant}`, bytes));
        for (const segment of segments.slice(0, 2)) await decode(segment);
        outcomes.add('decoded');
      } catch (error) {
        expect(error, `variant ${variant}`).to.be.instanceOf(MillraceError);
        expect((error as MillraceError).kind, `variant ${variant}: ${(error as MillraceError).message}`).to.equal('media');
        outcomes.add((error as MillraceError).code);
      }
    }
    expect([...outcomes]).to.include.members(['decoded', 'MILL_MEDIA_CORRUPT']);
  });

  it('that takes too long is ended, and an abort ends it at once', async () => {
    const film = await shop.ffmpeg('slow.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=30:d=20', '-c:v', 'libx264', '-preset', 'ultrafast');
    const { segments } = await admit(film);
    expect((await rejection((await shop.decoder({ limits: { decodeTimeoutMs: 100 } }))(segments[0]!))).code).to.equal('MILL_TIMEOUT');
    const abort = new AbortController();
    const decode = await shop.decoder();
    const decoding = rejection(decode(segments[0]!, { signal: abort.signal }));
    setTimeout(() => {
      abort.abort();
    }, 200);
    expect((await decoding).code).to.equal('MILL_CLOSED');
  });
});
