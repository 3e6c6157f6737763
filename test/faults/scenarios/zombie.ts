/**
 * A zombie: an instance that is stopped (SIGSTOP) until its tasks have moved and others have committed for them, and
 * then wakes. It still holds what it was about to commit, and must not be able to.
 */
import { expect } from 'chai';
import { Cluster } from '../cluster.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';

export const zombie: Scenario = {
  name: 'zombie wakes',
  run: (world, driver) => Cluster.run(world, { driver, instances: 2 }, async (cluster) => {
    const sleeper = cluster.pickInstance();
    const strike = await cluster.strike(async () => { sleeper.signal('SIGSTOP'); }, sleeper);
    const takeoverMs = [await cluster.survived(strike)];
    const wokenMs = Date.now();
    sleeper.signal('SIGCONT');
    await sleeper.until('it sees that its tasks were taken', (woken) => woken.reports.some((report) => report.atMs >= wokenMs && (
      (report.kind === 'state' && report.state === 'REBALANCING')
      || (report.kind === 'tasks' && report.tasks.some(({ lastError }) => lastError?.code === 'MILL_FENCED')))));
    await cluster.allRunning();
    expect(cluster.load.running).to.equal(true);
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: 1, verdict, takeoverMs };
  }),
};
