/**
 * kill -9 at random moments of a run over the samples, each followed by a restart; at the end the index must equal
 * that of an undisturbed run. A kill counts only when the process was still busy and had committed something since
 * the last one, so that the test cannot pass by killing what had finished.
 */
import { expect } from 'chai';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scan } from '../../ops/ingest/scan.ts';
import { projectFile } from '../../ops/paths.ts';
import type { AssetSubmitted } from '../../schemas/index.ts';
import { startCli } from '../support/cli.ts';
import { committedRecords, recordsWaiting, snapshotIndex, whenDrained, whenReachable } from '../support/instance.ts';
import { expectSameIndex } from '../support/same-index.ts';

export async function killAndRestart(folder: string, kills: number): Promise<void> {
  const events: AssetSubmitted[] = [];
  for await (const event of scan([projectFile('samples', 'media')])) events.push(event);

  const calm = path.join(folder, 'calm');
  const total = await run(calm, events);

  const stormy = path.join(folder, 'stormy');
  const moments = Array.from({ length: kills }, () => Math.random() * total * 0.9).sort((a, b) => a - b);
  let reached = 0;
  for (const [index, moment] of moments.entries()) {
    reached = await runUntilKilled(stormy, index === 0 ? events : [], Math.max(reached + 1, moment));
  }
  await run(stormy, []);

  expectSameIndex(await snapshotIndex(stormy), await snapshotIndex(calm));
}

/** Runs to the end; gives the number of committed records. */
async function run(data: string, events: readonly AssetSubmitted[]): Promise<number> {
  const program = startCli(['run'], { data });
  try {
    const instance = await whenReachable(data, program.ended);
    if (events.length > 0) await instance.submit(events);
    const committed = committedRecords(await whenDrained(instance));
    await instance.close();
    program.process.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code, stderr).to.equal(0);
    return committed;
  } finally {
    program.killAll();
  }
}

/** Kills the program, and all that it started, once `moment` records are committed; gives how many were seen then. */
async function runUntilKilled(data: string, events: readonly AssetSubmitted[], moment: number): Promise<number> {
  const program = startCli(['run'], { data });
  try {
    const instance = await whenReachable(data, program.ended);
    if (events.length > 0) await instance.submit(events);
    for (;;) {
      const report = await instance.status();
      const committed = committedRecords(report);
      if (committed >= moment) {
        expect(recordsWaiting(report), 'records that wait when the process is killed').to.be.greaterThan(0);
        program.killAll();
        expect((await program.ended).signal, 'the process was alive until it was killed').to.equal('SIGKILL');
        await instance.close();
        return committed;
      }
      await sleep(5);
    }
  } finally {
    program.killAll();
  }
}
