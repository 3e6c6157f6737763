import { expect } from 'chai';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { projectFile } from '../../ops/paths.ts';
import { runCli, startCli, type CliProcess } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';
import { recordsWaiting, snapshotIndex, whenReachable } from '../support/instance.ts';

const FILM = projectFile('samples', 'media', 'video', 'a-day-out.mp4');

/** Until the film is being worked on. */
async function whenBusy(data: string, program: CliProcess): Promise<void> {
  const instance = await whenReachable(data, program.ended);
  while (recordsWaiting(await instance.status()) === 0) await sleep(20);
  await instance.close();
}

/** What still runs of a program's process group. */
async function membersOf(group: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pgid=,stat=,args=']);
  return stdout.split('\n').filter((line) => {
    const [pgid, state = ''] = line.trim().split(/\s+/);
    return pgid === String(group) && !state.startsWith('Z');
  });
}

describe('a program that is interrupted', function () {
  this.timeout(240_000);

  it('add: ends with 130 and leaves no process; the same command goes on', () => withTemporaryFolder(async (folder) => {
    const data = path.join(folder, 'data');
    const program = startCli(['add', FILM], { data });
    try {
      await whenBusy(data, program);
      // To the whole group, as a terminal does.
      process.kill(-(program.process.pid ?? 0), 'SIGINT');
      const { code, stderr } = await program.ended;
      expect(stderr).to.include('stopping').and.include('MILL_INTERRUPTED').and.include('Run the same command again').and.not.include('was lost');
      expect(code).to.equal(130);
      expect(await membersOf(program.process.pid ?? 0)).to.deep.equal([]);
    } finally {
      program.killAll();
    }
    const again = await runCli(['add', FILM], { data });
    expect(again.code, again.stderr).to.equal(0);
    expect((await snapshotIndex(data)).assets.map(({ state }) => state)).to.deep.equal(['COMPLETE']);
  }));

  it('run: ends with 0, and an add that had joined it goes on in its place', () => withTemporaryFolder(async (folder) => {
    const data = path.join(folder, 'data');
    const owner = startCli(['run'], { data });
    try {
      await (await whenReachable(data, owner.ended)).close();
      const second = await runCli(['run'], { data });
      expect(second.stderr).to.match(/An instance runs already in .*: process \d+/).and.include('MILL_STATE_LOCKED');
      const joined = startCli(['add', FILM], { data });
      try {
        await whenBusy(data, owner);
        owner.process.kill('SIGINT');
        expect((await owner.ended).code).to.equal(0);
        const { code, stderr } = await joined.ended;
        expect(stderr).to.include('going on in its place');
        expect(code).to.equal(0);
      } finally {
        joined.killAll();
      }
    } finally {
      owner.killAll();
    }
    expect((await snapshotIndex(data)).assets.map(({ state }) => state)).to.deep.equal(['COMPLETE']);
  }));
});
