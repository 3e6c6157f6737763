/**
 * A process that may speak HTTP must not be brought to speak it with anybody else. The server here is a trap: it serves
 * one hostile file, and notes who asks it for anything else. Each file is first opened without our guard, which falls
 * into the trap: else the test would prove nothing.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { createFfmpeg, IMAGE_FORMATS, STREAM_FORMATS } from '../../../processors/decode/index.ts';
import { redThenBlue, rejection, Workshop } from './support/media.ts';

const run = promisify(execFile);

describe('ffmpeg with a hostile remote source', () => {
  let shop: Workshop;
  let server: Server;
  let origin: string;
  let served: Buffer;
  /** Paths other than the source's that somebody asked for. */
  const trapped: string[] = [];
  before(async () => {
    shop = await Workshop.open();
    server = createServer((request, response) => {
      if (request.url !== '/source') {
        trapped.push(request.url ?? '');
        response.writeHead(404).end();
        return;
      }
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(206, { 'accept-ranges': 'bytes', 'content-range': `bytes ${start}-${served.length - 1}/${served.length}` });
      response.end(served.subarray(start));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await shop.close();
  });

  const sourceOf = (bytes: Buffer): MediaSource => {
    served = bytes;
    trapped.length = 0;
    return {
      input: { type: 'address', url: `${origin}/source`, failed: new AbortController().signal },
      sizeBytes: bytes.length,
      identity: '',
      read: async (position, length) => bytes.subarray(position, position + length),
      async* chunks() { yield bytes; },
      assertUnchanged: async () => undefined,
      close: async () => undefined,
    };
  };

  /** By a demuxer that it names itself, as a careless program would. */
  const opensTrap = async (...options: string[]): Promise<void> => {
    await run('ffmpeg', ['-v', 'error', '-nostdin', ...options, '-i', `${origin}/source`, '-f', 'null', '-']).catch(() => undefined);
  };

  const playlists: [string, readonly string[], (address: string) => string][] = [
    ['an HLS playlist', ['-f', 'hls'], (address) => `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${address}/trap.ts\n#EXT-X-ENDLIST\n`],
    ['a concat script', ['-f', 'concat', '-safe', '0'], (address) => `ffconcat version 1.0\nfile '${address}/trap.mp4'\n`],
    ['a DASH manifest', ['-f', 'dash'], (address) => `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${address}/trap.mp4</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>`],
  ];
  for (const [name, demuxer, write] of playlists) {
    it(`opens nothing that ${name} names`, async () => {
      const ffmpeg = createFfmpeg();
      const source = sourceOf(Buffer.from(write(origin)));
      await opensTrap(...demuxer);
      expect(trapped, 'without a guard').to.not.deep.equal([]);
      trapped.length = 0;
      await rejection(ffmpeg.probe(source, { formats: STREAM_FORMATS }));
      await rejection(ffmpeg.probe(source, { formats: IMAGE_FORMATS }));
      const report = await ffmpeg.run(source, { inputs: [{ formats: STREAM_FORMATS }], outputs: [{ map: '0', sink: 0, options: ['-f', 'null'] }], sinks: [() => undefined] });
      expect(report.exitCode).to.not.equal(0);
      expect(trapped).to.deep.equal([]);
    });
  }

  it('opens no other file that a film refers to for its picture', async () => {
    const film = referring(await readFile(await shop.ffmpeg('film.mov', ...redThenBlue(2), '-c:v', 'libx264')), 'trap.mov');
    const ffmpeg = createFfmpeg();
    const source = sourceOf(film);
    await opensTrap('-enable_drefs', '1');
    expect(trapped, 'without a guard').to.deep.equal(['/trap.mov']);
    trapped.length = 0;
    await ffmpeg.probe(source, { formats: STREAM_FORMATS });
    await ffmpeg.run(source, { inputs: [{ formats: STREAM_FORMATS }], outputs: [{ map: '0:v', sink: 0, options: ['-f', 'rawvideo'] }], sinks: [() => undefined] });
    expect(trapped).to.deep.equal([]);
  });

  it('opens no file of the machine, whoever names it', async () => {
    const ffmpeg = createFfmpeg();
    const secret = await shop.ffmpeg('secret.ts', ...redThenBlue(2), '-c:v', 'libx264');
    const source = sourceOf(Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:${secret}\n#EXT-X-ENDLIST\n`));
    let bytes = 0;
    const report = await ffmpeg.run(source, {
      // As if the list of demuxers had a hole.
      inputs: [{ formats: [...STREAM_FORMATS, 'hls'], options: ['-f', 'hls'] }], outputs: [{ map: '0', sink: 0, options: ['-f', 'rawvideo'] }], sinks: [(chunk) => { bytes += chunk.length; }],
    });
    expect([report.exitCode === 0, bytes]).to.deep.equal([false, 0]);
  });
});

/** The film with the data of its first track in another file beside it: a Macintosh alias in its table of references. */
function referring(film: Buffer, other: string): Buffer {
  const path = Buffer.from(`:${other}`);
  const alias = Buffer.alloc(150);
  // How many folders up from here, and down from there.
  alias.writeUInt16BE(1, 130);
  alias.writeUInt16BE(1, 132);
  const record = Buffer.concat([alias, int16(2), int16(path.length), path, Buffer.alloc(path.length % 2), Buffer.from([0xff, 0xff, 0, 0])]);
  const entry = Buffer.concat([int32(12 + record.length), Buffer.from('alis'), int32(0), record]);
  const dref = Buffer.concat([int32(16 + entry.length), Buffer.from('dref'), int32(0), int32(1), entry]);
  // What comes before the movie's header keeps its place, so offsets into it stay true.
  return replaceBox(film, ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref'], dref);
}

function replaceBox(bytes: Buffer, [name, ...inner]: readonly string[], box: Buffer): Buffer {
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === name) {
      const changed = inner.length === 0 ? box : Buffer.concat([bytes.subarray(at, at + 8), replaceBox(bytes.subarray(at + 8, at + size), inner, box)]);
      changed.writeUInt32BE(changed.length, 0);
      return Buffer.concat([bytes.subarray(0, at), changed, bytes.subarray(at + size)]);
    }
    at += size;
  }
  throw new Error(`there is no ${name}`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
