import { expect } from 'chai';
import sharp from 'sharp';
import { admit, rejection, Workshop } from './support/media.ts';

describe('a photograph', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(() => shop.close());

  const decode = async (path: string) => {
    const { segments } = await admit(path);
    return (await shop.decoder())(segments[0]!);
  };

  it('is one frame without a time, and the only unit', async () => {
    const path = shop.path('a.png');
    await sharp({ create: { width: 300, height: 200, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0 } } }).png().toFile(path);
    const { frames, insights } = await decode(path);
    expect(frames).to.have.length(1);
    expect(frames[0]).to.deep.include({ unitId: 'frame:0', timeMs: null, shotStartMs: null, width: 300, height: 200, mediaKind: 'IMAGE' });
    expect(insights.map(({ task, status, reason }) => [task, status, reason])).to.deep.equal([['DECODE', 'OK', null]]);
    expect(insights[0]!.spawned).to.deep.equal([{ unitId: 'frame:0', tasks: ['IMAGE_EMBEDDING', 'TAGS', 'OCR'] }]);
    const { dominant } = await sharp(await shop.blobs.get(frames[0]!.blobKey)).stats();
    expect([dominant.r, dominant.g, dominant.b].every((value) => value > 240), 'what is transparent is white').to.equal(true);
  });

  it('is turned by its EXIF orientation and made no larger than 1280 pixels', async () => {
    const path = shop.path('turned.jpg');
    await sharp({ create: { width: 2600, height: 1300, channels: 3, background: 'green' } }).withMetadata({ orientation: 6 }).jpeg().toFile(path);
    expect((await decode(path)).frames[0]).to.deep.include({ width: 640, height: 1280 });
  });

  it('in a form that only ffmpeg reads is decoded by it', async () => {
    for (const name of ['a.bmp', 'a.tga', 'a.ppm', 'a.dpx', 'a.sgi', 'a.qoi', 'a.pcx', 'still.gif']) {
      const path = await shop.ffmpeg(name, '-f', 'lavfi', '-i', 'color=blue:s=90x60:d=1', '-frames:v', '1').catch(() => undefined);
      if (path === undefined) expect(name).to.equal('a.qoi');
      else {
        const { frames, insights } = await decode(path);
        const { dominant } = await sharp(await shop.blobs.get(frames[0]!.blobKey)).stats();
        expect([frames[0]!.width, frames[0]!.height, dominant.b > 200, insights[0]!.reason], name).to.deep.equal([90, 60, true, null]);
      }
    }
  });

  it('that is cut off keeps what there is and says so; without a picture it fails', async () => {
    const noise = await sharp({ create: { width: 600, height: 400, channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 60 } } }).jpeg().toBuffer();
    const { frames, insights } = await decode(await shop.write('half.jpg', noise.subarray(0, noise.length / 2)));
    expect([frames[0]!.width, frames[0]!.height]).to.deep.equal([600, 400]);
    expect(insights[0]!.status).to.equal('OK');
    expect(insights[0]!.reason).to.match(/^The image is damaged: /);
    expect((await rejection(decode(await shop.write('header.jpg', noise.subarray(0, 620))))).code).to.equal('MILL_MEDIA_CORRUPT');
  });

  it('over the limit of pixels is refused by decoding too', async () => {
    const path = shop.path('large.png');
    await sharp({ create: { width: 1000, height: 1000, channels: 3, background: 'black' } }).png().toFile(path);
    const { segments } = await admit(path);
    const refused = await rejection((await shop.decoder({ limits: { maxImagePixels: 999_999 } }))(segments[0]!));
    expect(refused.code).to.equal('MILL_MEDIA_LIMIT');
  });
});
