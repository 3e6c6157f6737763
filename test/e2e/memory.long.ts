import { expect } from 'chai';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { projectFile } from '../../ops/paths.ts';
import { startCli } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';
import { snapshotIndex } from '../support/instance.ts';
import { treePssBytes } from '../support/process-memory.ts';

const TEN_MINUTES_S = 600;
const LIMIT_BYTES = 1.5e9;

describe('memory', () => {
  it('a ten-minute video at 720p runs within 1.5 GB, all processes together', () =>
    withTemporaryFolder(async (folder) => {
      const film = path.join(folder, 'ten minutes.mp4');
      await promisify(execFile)('ffmpeg', [
        '-v', 'error', '-stream_loop', '-1', '-i', projectFile('samples', 'media', 'video', 'a-day-out.mp4'), '-t', String(TEN_MINUTES_S),
        '-vf', 'scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', film,
      ]);
      const data = path.join(folder, 'data');
      const program = startCli(['add', film], { data });
      let running = true;
      let peakBytes = 0;
      void program.ended.finally(() => { running = false; });
      while (running) {
        peakBytes = Math.max(peakBytes, await treePssBytes(program.process.pid ?? 0));
        await sleep(200);
      }
      const { code, stdout, stderr } = await program.ended;
      process.stdout.write(`      ${stdout.trim()}; peak of ${(peakBytes / 1e6).toFixed(0)} MB\n`);
      expect(code, stderr).to.equal(0);
      const { assets, moments } = await snapshotIndex(data);
      expect(assets.map(({ state }) => state)).to.deep.equal(['COMPLETE']);
      expect(moments.length).to.be.greaterThan(100);
      expect(peakBytes).to.be.greaterThan(0).and.at.most(LIMIT_BYTES);
    }));
});
