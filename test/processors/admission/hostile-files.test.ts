import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, symlink } from 'node:fs/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { admit, redThenBlue, rejection, Workshop } from '../decode/support/media.ts';

const CANARY = 'canary-7f3a-must-never-be-read';

describe('hostile files', () => {
  let shop: Workshop;
  let server: Server;
  let base: string;
  const requests: string[] = [];

  before(async () => {
    shop = await Workshop.open();
    server = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.end(CANARY);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await shop.write('canary.txt', CANARY);
    await shop.ffmpeg('real.ts', ...redThenBlue(2), '-c:v', 'libx264', '-f', 'mpegts');
  });

  after(async () => {
    await new Promise((resolve) => server.close(resolve));
    await shop.close();
  });

  const codeOf = async (name: string, content: string | Uint8Array): Promise<string> => (await rejection(admit(await shop.write(name, content)))).code;

  it('that are playlists or links are refused whatever their name says, and nothing they name is read', async () => {
    const canary = shop.path('canary.txt');
    const media = shop.path('real.ts');
    const files: Record<string, string> = {
      m3u: `#EXTM3U\n#EXTINF:1,\n${base}/m3u.ts\n`,
      hls: `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${media}\n#EXTINF:1,\n${base}/hls.ts\n#EXT-X-ENDLIST\n`,
      'hls-with-bom': `\ufeff\n#EXTM3U\n#EXTINF:1,\n${base}/bom.ts\n`,
      concat: `ffconcat version 1.0\nfile '${canary}'\nfile '${base}/concat.ts'\n`,
      pls: `[playlist]\nFile1=${base}/pls.mp3\nNumberOfEntries=1\n`,
      sdp: `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video 9 RTP/AVP 96\r\n`,
      xspf: `<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>${base}/x.mp3</location></track></trackList></playlist>`,
      dash: `<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>${base}/dash.mp4</BaseURL></Period></MPD>`,
      asx: `<asx version="3.0"><entry><ref href="${base}/a.asf"/></entry></asx>`,
      svg: `<?xml version="1.0"?><!-- a picture --><svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"><image href="file://${canary}"/><image href="${base}/svg.png"/></svg>`,
      url: `[InternetShortcut]\nURL=${base}/link\n`,
    };
    for (const [name, content] of Object.entries(files)) {
      for (const extension of ['mp4', 'jpg', 'txt', 'm3u8']) {
        const refused = await rejection(admit(await shop.write(`${name}.${extension}`, content)));
        expect(refused.code, `${name}.${extension}`).to.equal('MILL_MEDIA_FORBIDDEN');
        expect(refused.message).not.to.include(CANARY);
      }
    }
    expect(await codeOf('plain-list.m3u', `${media}\n${base}/plain.mp3\n`)).to.equal('MILL_MEDIA_FORBIDDEN');
    expect(requests).to.deep.equal([]);
  });

  it('that hide a playlist behind bytes that are no text are not followed either', async () => {
    const list = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${base}/binary.ts\n#EXT-X-ENDLIST\n`;
    expect(await codeOf('binary.mp4', Buffer.concat([Buffer.from(list), Buffer.from([0, 1, 2, 255])]))).to.equal('MILL_MEDIA_FORBIDDEN');
    expect(await codeOf('prefixed.ts', Buffer.concat([Buffer.from([0x47, 0, 0]), Buffer.from(list)]))).to.equal('MILL_MEDIA_FORBIDDEN');
    expect(requests).to.deep.equal([]);
  });

  it('that hide a playlist in the subtitles of an AVI are not followed', async () => {
    const plain = await shop.ffmpeg('carrier.avi', ...redThenBlue(2, '64x48'), '-c:v', 'mpeg4');
    const list = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${base}/gab2.ts\n#EXT-X-ENDLIST\n`;
    const gab2 = Buffer.concat([Buffer.from('GAB2\0', 'latin1'), Buffer.from([2, 0, 0, 0, 0, 0]), Buffer.from([4, 0, 0, 0, 0, 0]), Buffer.from(list)]);
    const avi = await readFile(plain);
    const movi = avi.indexOf('movi', 0, 'latin1') + 4;
    const chunk = Buffer.concat([Buffer.from('01tx', 'latin1'), le32(gab2.length), gab2, Buffer.alloc(gab2.length % 2)]);
    const hostile = Buffer.concat([avi.subarray(0, movi), chunk, avi.subarray(movi)]);
    hostile.writeUInt32LE(avi.readUInt32LE(movi - 8) + chunk.length, movi - 8);
    await admit(await shop.write('gab2.avi', hostile)).catch(() => undefined);
    expect(requests).to.deep.equal([]);
  });

  it('that are empty, junk or text under a name of media have a reason each', async () => {
    expect(await codeOf('empty.mp4', '')).to.equal('MILL_MEDIA_EMPTY');
    expect(await codeOf('blank.txt', ' \n\t ')).to.equal('MILL_MEDIA_EMPTY');
    const text = await rejection(admit(await shop.write('text.mp4', 'This is no film at all.\n'.repeat(50))));
    expect([text.code, text.message]).to.deep.equal(['MILL_MEDIA_UNRECOGNIZED', 'The file is plain text, though its name ends in .mp4']);
    let state = 42;
    const junk = Buffer.from(Array.from({ length: 100_000 }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24));
    for (const name of ['junk.mp4', 'junk.txt', 'junk.mp3', 'junk']) expect(await codeOf(name, junk), name).to.equal('MILL_MEDIA_UNRECOGNIZED');
    expect(await codeOf('zeros.mkv', Buffer.alloc(50_000))).to.equal('MILL_MEDIA_UNRECOGNIZED');
    expect(await codeOf('paper.pdf', '%PDF-1.7\n\u0000\u0001')).to.equal('MILL_MEDIA_UNRECOGNIZED');
  });

  it('have names that no shell, option parser, pattern or address parser gets to read', async () => {
    const names = [
      '$(touch pwned).mp4', '`touch pwned`.mp4', '-i.mp4', '--help.mp4', "quote'\".mp4", 'new\nline.mp4', 'http:..x.mp4', 'concat:a|b.mp4', 'frame%03d.jpg',
      'star*.jpg', 'a[shrink=2].jpg', `${'n'.repeat(246)}.mp4`, 'tab\tand\\backslash.mp4', 'pipe:0.mp4', 'ünï 🎬.mp4',
    ];
    const film = await shop.ffmpeg('plain.mp4', ...redThenBlue(2, '64x48'), '-c:v', 'libx264');
    const photo = await sharp({ create: { width: 60, height: 40, channels: 3, background: 'green' } }).jpeg().toBuffer();
    for (const name of names) {
      const { admitted } = await admit(await shop.write(name, name.endsWith('.jpg') ? photo : await readFile(film)));
      expect([admitted.mediaKind, admitted.fileName, admitted.width], JSON.stringify(name)).to.deep.equal(name.endsWith('.jpg') ? ['IMAGE', name, 60] : ['VIDEO', name, 64]);
    }
    expect(execFileSync('find', [process.cwd(), '/', shop.directory, '-maxdepth', '1', '-name', 'pwned']).toString()).to.equal('');
  });

  it('that are links, pipes, devices or folders are not opened', async () => {
    await symlink(shop.path('canary.txt'), shop.path('link.txt'));
    execFileSync('mkfifo', [shop.path('fifo.mp4')]);
    for (const path of [shop.path('link.txt'), shop.path('fifo.mp4'), shop.directory, '/dev/zero']) expect((await rejection(admit(path))).code, path).to.equal('MILL_MEDIA_FORBIDDEN');
  });

  it('with more pixels, streams or seconds than the limits allow are refused before they are decoded', async () => {
    const bomb = await sharp({ create: { width: 20_000, height: 20_000, channels: 3, background: 'black' }, limitInputPixels: false }).png({ compressionLevel: 1 }).toFile(shop.path('bomb.png')).then(() => shop.path('bomb.png'));
    const refused = await rejection(admit(bomb));
    expect([refused.code, refused.message]).to.deep.equal(['MILL_MEDIA_LIMIT', 'The image has 20000 x 20000 pixels; the limit is 100000000']);
    const film = await shop.ffmpeg('wide.mp4', ...redThenBlue(2, '640x480'), '-c:v', 'libx264');
    expect((await rejection(admit(film, { limits: { maxVideoPixels: 640 * 479 } }))).code).to.equal('MILL_MEDIA_LIMIT');
    expect((await rejection(admit(film, { limits: { maxDurationMs: 1000 } }))).message).to.equal('The file lasts 2000 ms; the limit is 1000 ms');
    const many = await shop.ffmpeg('many.mkv', '-f', 'lavfi', '-i', 'sine=d=1', ...Array.from({ length: 8 }, () => ['-map', '0:a']).flat(), '-c:a', 'flac');
    expect((await rejection(admit(many, { limits: { maxStreams: 4 } }))).code).to.equal('MILL_MEDIA_LIMIT');
    expect((await rejection(admit(await shop.write('long.txt', 'word '.repeat(1000)), { limits: { maxTextBytes: 4096 } }))).code).to.equal('MILL_MEDIA_LIMIT');
  });

  it('that lack their index, or claim to be what they are not, are corrupt by a reason of ffmpeg', async () => {
    const film = await readFile(await shop.ffmpeg('indexed.mp4', ...redThenBlue(4), '-c:v', 'libx264'));
    const refused = await rejection(admit(await shop.write('no-moov.mp4', film.subarray(0, film.indexOf('moov', 0, 'latin1') - 4))));
    expect([refused.code, refused.message]).to.deep.equal(['MILL_MEDIA_CORRUPT', '[mov,mp4,m4a,3gp,3g2,mj2] moov atom not found']);
    expect(await codeOf('torn.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0]))).to.equal('MILL_MEDIA_CORRUPT');
    expect(await codeOf('torn.webm', Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0, 0, 0, 0]))).to.equal('MILL_MEDIA_CORRUPT');
  });
});

function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
