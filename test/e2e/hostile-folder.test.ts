import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { access, copyFile, mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectFile } from '../../ops/paths.ts';
import { runCli } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';
import { snapshotIndex } from '../support/instance.ts';

const run = promisify(execFile);
const ffmpeg = (...args: string[]): Promise<unknown> => run('ffmpeg', ['-v', 'error', '-y', ...args]);
const sample = (...parts: string[]): string => projectFile('samples', 'media', ...parts);

/** 250 bytes, with quotes, a newline and what a shell would run. */
const HOSTILE_NAME = `$(touch x)\n";'\`touch y\`${'n'.repeat(217)}.mp4`.slice(-250);

interface Folder {
  readonly root: string;
  readonly secret: string;
  readonly url: string;
}

async function makeFolder({ root, secret, url }: Folder): Promise<void> {
  await mkdir(root, { recursive: true });
  const file = (name: string): string => path.join(root, name);
  const film = sample('video', 'concert.mp4');
  await ffmpeg('-t', '5', '-i', film, '-an', '-c:v', 'copy', file('silent.mp4'));
  await ffmpeg('-display_rotation', '90', '-t', '5', '-i', film, '-c', 'copy', file('portrait.mp4')).catch(() =>
    ffmpeg('-t', '5', '-i', film, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', file('portrait.mp4')));
  await ffmpeg('-i', sample('speech', 'amiable.flac'), '-i', sample('photos', 'cat.jpg'), '-map', '0:a', '-map', '1:v', '-c:a', 'libmp3lame', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic', file('cover.mp3'));
  await ffmpeg('-i', sample('photos', 'coffee.jpg'), '-vf', 'scale=320:-2', '-frames:v', '1', file('still.gif'));
  await ffmpeg('-t', '4', '-i', film, '-c', 'copy', file('source.mp4'));
  await copyFile(file('source.mp4'), file(HOSTILE_NAME));
  await ffmpeg('-ss', '4', '-t', '4', '-i', film, '-c', 'copy', file('source.mp4'));

  await writeFile(file('empty.mp4'), '');
  await writeFile(file('notes.mp4'), 'These are only words, whatever the name says.\n'.repeat(50));
  const noise = Buffer.alloc(200_000);
  for (let i = 0; i < noise.length; i += 1) noise[i] = (i * 7919) % 251;
  await writeFile(file('corrupt.mp4'), Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'), noise]));
  await writeFile(file('playlist.m3u8'), `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${url}\n#EXTINF:10,\n${secret}\n#EXT-X-ENDLIST\n`);
  await writeFile(file('playlist.mp4'), `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://${secret}\n#EXT-X-ENDLIST\n`);
  await writeFile(file('concat.txt'), `ffconcat version 1.0\nfile '${secret}'\nfile '${url}'\n`);
}

const GOOD = ['silent.mp4', 'portrait.mp4', 'cover.mp3', 'still.gif', 'source.mp4', HOSTILE_NAME];
const BAD = {
  'empty.mp4': 'MILL_MEDIA_EMPTY',
  'notes.mp4': 'MILL_MEDIA_UNRECOGNIZED',
  'corrupt.mp4': 'MILL_MEDIA_CORRUPT',
  'playlist.m3u8': 'MILL_MEDIA_FORBIDDEN',
  'playlist.mp4': 'MILL_MEDIA_FORBIDDEN',
  'concat.txt': 'MILL_MEDIA_FORBIDDEN',
};

describe('a folder of media from strangers', function () {
  this.timeout(300_000);

  it('makes every good file searchable, dead-letters each bad one with its reason, and reads nothing outside', () =>
    withTemporaryFolder(async (folder) => {
      const requests: string[] = [];
      const server = createServer((request, response) => {
        requests.push(request.url ?? '');
        response.end('canary');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const secret = path.join(folder, 'secret.txt');
      await writeFile(secret, 'The canary sings in a locked room.');
      const { port } = server.address() as AddressInfo;
      const root = path.join(folder, 'media');
      await makeFolder({ root, secret, url: `http://127.0.0.1:${port}/canary.ts` });

      const data = path.join(folder, 'data');
      const added = await runCli(['add', root], { data, cwd: folder });
      server.close();
      expect(added.code, added.stderr).to.equal(4);

      const { assets, moments } = await snapshotIndex(data);
      const stateOf = new Map(assets.map((asset) => [asset.fileName, asset]));
      for (const name of GOOD) {
        const asset = stateOf.get(name);
        expect(asset?.state, name).to.equal('COMPLETE');
        expect(moments.filter(({ assetId }) => assetId === asset?.assetId), `moments of ${name}`).to.not.be.empty;
      }
      for (const name of Object.keys(BAD)) expect(stateOf.get(name)?.state, name).to.equal('REJECTED');

      const { stdout } = await runCli(['status', '--json', '--dead-letters', '100'], { data });
      const { latestDeadLetters, deadLetters } = JSON.parse(stdout) as { deadLetters: number; latestDeadLetters: { fileName: string | null; code: string }[] };
      expect(deadLetters).to.equal(Object.keys(BAD).length);
      expect(Object.fromEntries(latestDeadLetters.map(({ fileName, code }) => [fileName, code]))).to.deep.equal(BAD);
      for (const name of Object.keys(BAD)) expect(added.stdout).to.include(`${name}: rejected: `);
      const again = await runCli(['add', root], { data, cwd: folder });
      expect(again.code, 'what was rejected stays so').to.equal(4);
      expect(again.stdout).to.include('empty.mp4: rejected as before: ');

      expect(requests, 'requests to the address in the playlist').to.deep.equal([]);
      expect(JSON.stringify({ assets, moments })).to.not.include('canary sings');
      for (const made of ['x', 'y']) for (const where of [folder, root]) {
        expect(await access(path.join(where, made)).then(() => true, () => false), `a shell ran touch ${made}`).to.equal(false);
      }
    }));
});
