import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import type { MetadataEntry } from '../../../schemas/index.ts';
import { admit, redThenBlue, rotated, Workshop } from '../decode/support/media.ts';

const entry = (entries: readonly MetadataEntry[], namespace: string, key: string): string | undefined => entries.find((one) => one.namespace === namespace && one.key.toLowerCase() === key)?.value;

describe('the kind of a file is told by its content', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(() => shop.close());

  it('a video without sound, under a name that says something else', async () => {
    const { admitted, segments } = await admit(await shop.ffmpeg('silent.mp4', ...redThenBlue(4), '-c:v', 'libx264'), { fileName: 'silent.xyz' });
    expect(admitted).to.deep.include({ mediaKind: 'VIDEO', durationMs: 4000, width: 320, height: 240, segmentCount: 1, outcome: 'ADMITTED' });
    expect(segments[0]).to.deep.include({ hasVideo: true, hasAudio: false, startMs: 0, endMs: 4000, frameRate: 25, unitId: 'segment:0' });
  });

  it('sound with cover art is audio, and its tags are kept', async () => {
    const cover = await sharp({ create: { width: 300, height: 300, channels: 3, background: 'purple' } }).jpeg().toFile(shop.path('cover.jpg')).then(() => shop.path('cover.jpg'));
    const song = await shop.ffmpeg('song.mp3', '-f', 'lavfi', '-i', 'sine=d=3', '-i', cover, '-map', '0', '-map', '1', '-c:v', 'copy', '-disposition:v', 'attached_pic',
      '-id3v2_version', '3', '-metadata', 'title=A Bell at Noon', '-metadata', 'artist=The Ringers');
    const { admitted, segments } = await admit(song);
    expect(admitted.mediaKind).to.equal('AUDIO');
    expect([admitted.width, admitted.height]).to.deep.equal([null, null]);
    expect(segments[0]).to.deep.include({ hasVideo: false, hasAudio: true });
    expect([entry(admitted.metadata, 'id3', 'title'), entry(admitted.metadata, 'id3', 'artist')]).to.deep.equal(['A Bell at Noon', 'The Ringers']);
  });

  it('a container of video that holds only sound is audio', async () => {
    const { admitted } = await admit(await shop.ffmpeg('sound.mp4', '-f', 'lavfi', '-i', 'sine=d=2', '-c:a', 'aac'));
    expect(admitted.mediaKind).to.equal('AUDIO');
  });

  it('a portrait video is as high as it is shown, and pixels that are not square are taken in', async () => {
    const flat = await shop.ffmpeg('flat.mp4', ...redThenBlue(2), '-c:v', 'libx264');
    const portrait = await admit(await rotated(shop, 'portrait.mp4', flat));
    expect([portrait.admitted.width, portrait.admitted.height]).to.deep.equal([240, 320]);
    const wide = await admit(await shop.ffmpeg('anamorphic.mp4', ...redThenBlue(2, '720x576').slice(0, -1), '[0][1]concat=n=2:v=1:a=0,setsar=64/45', '-c:v', 'libx264'));
    expect([wide.admitted.width, wide.admitted.height]).to.deep.equal([1024, 576]);
  });

  it('a GIF of one frame is an image, one that moves is a video; so with PNG', async () => {
    const still = await admit(await shop.ffmpeg('still.gif', '-f', 'lavfi', '-i', 'testsrc=s=80x60:d=1', '-frames:v', '1'));
    expect(still.admitted).to.deep.include({ mediaKind: 'IMAGE', container: 'gif', durationMs: null, width: 80, height: 60 });
    const moving = await admit(await shop.ffmpeg('moving.gif', '-f', 'lavfi', '-i', 'testsrc=s=80x60:d=2:r=10'));
    expect(moving.admitted).to.deep.include({ mediaKind: 'VIDEO', container: 'gif', durationMs: 2000 });
    const png = await admit(await shop.ffmpeg('moving.png', '-f', 'lavfi', '-i', 'testsrc=s=80x60:d=2:r=10', '-f', 'apng'));
    expect(png.admitted.mediaKind).to.equal('VIDEO');
    const webp = await sharp(await readFile(shop.path('moving.gif')), { animated: true }).webp().toFile(shop.path('moving.webp')).then(() => admit(shop.path('moving.webp')));
    expect(webp.admitted).to.deep.include({ mediaKind: 'IMAGE', width: 80, height: 60 });
  });

  it('images in forms that only ffmpeg reads are images', async () => {
    for (const [name, container] of [['a.bmp', 'bmp'], ['a.tga', 'targa'], ['a.webp', 'webp'], ['a.tiff', 'tiff'], ['a.png', 'png'], ['a.jpg', 'jpeg']] as const) {
      const { admitted } = await admit(await shop.ffmpeg(name, '-f', 'lavfi', '-i', 'testsrc=s=90x60:d=1', '-frames:v', '1'));
      expect(admitted, name).to.deep.include({ mediaKind: 'IMAGE', container, width: 90, height: 60, segmentCount: 1 });
    }
  });

  it('sound of every usual form is audio with its length, also where the file does not tell it', async () => {
    for (const name of ['a.wav', 'a.flac', 'a.mp3', 'a.m4a', 'a.aac', 'a.ogg', 'a.opus', 'a.mka', 'a.aiff', 'a.ac3', 'a.wma']) {
      const { admitted } = await admit(await shop.ffmpeg(name, '-f', 'lavfi', '-i', 'sine=d=3', ...(name === 'a.opus' ? ['-c:a', 'libopus'] : [])));
      expect(admitted.mediaKind, name).to.equal('AUDIO');
      expect(admitted.durationMs, name).to.be.within(2900, 3150);
    }
    const live = await shop.ffmpeg('live.webm', ...redThenBlue(3), '-c:v', 'libvpx', '-live', '1', '-f', 'webm');
    expect((await admit(live)).admitted.durationMs).to.be.within(2900, 3100);
  });

  it('text in UTF-8 and UTF-16 is text; what is no UTF-8 only by a name of text', async () => {
    expect((await admit(await shop.write('notes.txt', 'Grüße aus Köln, 日本語'))).admitted).to.deep.include({ mediaKind: 'TEXT', container: 'utf-8', segmentCount: 1 });
    expect((await admit(await shop.write('README', 'BM and ID3 may begin a sentence.'))).admitted.mediaKind).to.equal('TEXT');
    expect((await admit(await shop.write('wide.txt', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('breit', 'utf16le')])))).admitted.container).to.equal('utf-16le');
    const latin = Buffer.from('Gr\u00fc\u00dfe aus K\u00f6ln', 'latin1');
    expect((await admit(await shop.write('old.txt', latin))).admitted.container).to.equal('windows-1252');
  });

  it('subtitles are listed', async () => {
    const srt = await shop.write('in.srt', '1\n00:00:00,500 --> 00:00:01,500\nHello\n');
    const film = await shop.ffmpeg('subbed.mkv', '-f', 'lavfi', '-i', 'color=red:d=2', '-i', srt, '-map', '0:v', '-map', '1:s', '-c:v', 'libx264', '-c:s', 'srt', '-metadata:s:s:0', 'language=eng');
    const { admitted, segments } = await admit(film);
    expect(segments[0]!.subtitleStreams).to.deep.equal([1]);
    expect(entry(admitted.metadata, 'subtitle', 'stream 1')).to.equal('subrip eng');
  });
});
