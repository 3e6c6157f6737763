import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { compileMediaLimits, createFfmpeg, findTools, openSource } from '../../../processors/decode/index.ts';
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { runProcess } from '../../../processors/decode/ffmpeg/process.ts';
import type { ProcessOptions } from '../../../processors/decode/ffmpeg/process.ts';
import { redThenBlue, rejection, Workshop } from './support/media.ts';

/** Processes whose command line holds the word. */
async function processesWith(word: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(word) && line.split('\0')[0]!.endsWith('ffmpeg'));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Runs for ever; the word tells its process from others. */
const endless = (word: string): string[] => ['-v', 'error', '-nostdin', '-f', 'lavfi', '-i', `anullsrc,ametadata=add:key=${word}:value=1`, '-f', 's16le', 'pipe:1'];

describe('an ffmpeg process', () => {
  let shop: Workshop;
  let source: MediaSource;
  before(async () => {
    shop = await Workshop.open();
    source = await openSource(pathToFileURL(await shop.ffmpeg('film.mp4', ...redThenBlue(4), '-c:v', 'libx264')).href);
  });
  after(async () => {
    await source.close();
    await shop.close();
  });

  const run = (args: readonly string[], options: Partial<ProcessOptions> = {}): ReturnType<typeof runProcess> =>
    runProcess({ program: 'ffmpeg', args, source, sinks: [() => undefined], timeoutMs: 60_000, memoryBytes: 4 * 2 ** 30, ...options });

  it('is killed at its time limit, with its group', async () => {
    const error = await rejection(run(endless('limit4711'), { timeoutMs: 700 }));
    expect([error.code, error.transient, error.message]).to.deep.equal(['MILL_TIMEOUT', true, 'ffmpeg ran over its time limit of 700 ms']);
    expect(await processesWith('limit4711')).to.deep.equal([]);
  });

  it('is killed when the caller aborts, and not started when he has already', async () => {
    const abort = new AbortController();
    const ending = rejection(run(endless('abort4712'), { signal: abort.signal }));
    await until(async () => (await processesWith('abort4712')).length > 0);
    abort.abort();
    expect((await ending).code).to.equal('MILL_CLOSED');
    expect(await processesWith('abort4712')).to.deep.equal([]);
    expect((await rejection(run(endless('abort4713'), { signal: AbortSignal.abort() }))).code).to.equal('MILL_CLOSED');
  });

  it('does not outlive us, even when we are killed outright', async () => {
    const script = `
      import { runProcess } from ${JSON.stringify(new URL('../../../processors/decode/ffmpeg/process.ts', import.meta.url).href)};
      import { openSource } from ${JSON.stringify(new URL('../../../processors/decode/index.ts', import.meta.url).href)};
      const source = await openSource(${JSON.stringify(pathToFileURL(shop.path('film.mp4')).href)});
      await runProcess({ program: 'ffmpeg', args: ${JSON.stringify(endless('orphan4714'))}, source, sinks: [() => undefined], timeoutMs: 60000, memoryBytes: 4 * 2 ** 30 });`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
    await until(async () => {
      expect(parent.exitCode).to.equal(null);
      return (await processesWith('orphan4714')).length > 0;
    });
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(async () => (await processesWith('orphan4714')).length === 0);
  });

  it('is ended when an output grows over its bound, or its reader fails', async () => {
    let bytes = 0;
    const error = await rejection(run(endless('bound4715'), {
      sinks: [(chunk) => {
        bytes += chunk.length;
        if (bytes > 1_000_000) throw new Error('enough');
      }],
    }));
    expect(error.message).to.equal('enough');
    expect(await processesWith('bound4715')).to.deep.equal([]);
  });

  it('keeps what it says bounded, clean and free of this machine', async () => {
    const report = await run(['-v', 'info', '-nostdin', '-f', 'lavfi', '-i', 'testsrc=s=32x32:d=60,showinfo', '-f', 'null', '-']);
    expect(report.exitCode).to.equal(0);
    expect(report.errorCount).to.be.above(1000);
    expect(report.errors).to.have.length(40);
    for (const line of report.errors) {
      expect(line.length).to.be.at.most(300);
      expect(line).to.not.match(/ @ 0x|\p{Cc}/u);
    }
    const failing = await run(['-v', 'error', '-i', 'file:/dev/fd/3', '-map', '0:9', '-f', 'null', '-']);
    expect(failing.exitCode).to.not.equal(0);
    expect(failing.errors.join()).to.not.include('/dev/fd');
  });

  it('has bounds that the kernel keeps: memory, and no file to write to', async () => {
    expect(findTools()).to.include.keys('prlimit', 'setpriv');
    const hungry = await rejection(run(['-v', 'error', '-f', 'lavfi', '-i', 'color=s=10000x10000:d=1', '-vf', 'scale=iw/2:ih/2', '-c:v', 'mjpeg', '-f', 'null', '-'], { memoryBytes: 600 * 2 ** 20 }));
    expect(hungry.code).to.equal('MILL_MEDIA_LIMIT');
    await run(['-v', 'error', '-f', 'lavfi', '-i', 'color=d=1', '-f', 'rawvideo', `file:${shop.path('written.raw')}`]).catch(() => undefined);
    expect(await readFile(shop.path('written.raw')).then(({ length }) => length, () => 0)).to.equal(0);
  });

  it('that is not installed is told by a code of its own', () => {
    expect(() => findTools(shop.directory)).to.throw('ffmpeg is not in PATH').with.property('code', 'MILL_FFMPEG_MISSING');
  });

  it('waits for its turn: never more at a time than the bound', async () => {
    const ffmpeg = createFfmpeg({ limits: compileMediaLimits(), concurrency: 2 });
    let running = 0;
    let most = 0;
    const command = { inputs: [{ formats: ['mov'], options: ['-an'] }], outputs: [{ map: '0:v', sink: 0, options: ['-f', 'rawvideo'] }] };
    await Promise.all(Array.from({ length: 6 }, async () => {
      let first = true;
      await ffmpeg.run(source, {
        ...command,
        sinks: [() => {
          if (first) running += 1;
          first = false;
          most = Math.max(most, running);
        }],
      });
      running -= 1;
    }));
    expect(most).to.be.within(1, 2);
    const blocked = createFfmpeg({ concurrency: 1 });
    const abort = new AbortController();
    const holding = blocked.run(source, { ...command, sinks: [() => undefined] });
    const waiting = rejection(blocked.run(source, { ...command, sinks: [() => undefined], signal: abort.signal }));
    abort.abort();
    expect((await waiting).code).to.equal('MILL_CLOSED');
    expect((await holding).exitCode).to.equal(0);
  });
});
