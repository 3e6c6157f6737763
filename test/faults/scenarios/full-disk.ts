/**
 * The volume of the state directory is full: here, files of the instance may not grow beyond a limit, which gives the
 * same errors and needs no volume of its own. The tasks say so and wait; when there is room again they go on, and
 * nothing is damaged.
 */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { Cluster } from '../cluster.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';

/** In blocks of 512 bytes: the logs of RocksDB come to it within seconds. */
const LIMIT = 'ulimit -S -f 192';

export const fullDisk: Scenario = {
  name: 'disk full',
  run: (world, driver) => Cluster.run(world, { driver, instances: 0, load: { recordsPerSecond: 800 } }, async (cluster) => {
    const instance = cluster.startInstance('instance-0', { limit: LIMIT });
    await cluster.allRunning();
    await instance.until('a task meets the full disk', ({ tasks }) => tasks.some(({ lastError }) => lastError?.code === 'MILL_DISK_FULL'));
    const strike = await cluster.strike(async () => { execFileSync('prlimit', ['--pid', String(instance.pid), '--fsize=unlimited:']); });
    const takeoverMs = [await cluster.survived(strike)];
    const codes = instance.of('tasks').flatMap(({ tasks }) => tasks.flatMap(({ lastError }) => lastError?.code ?? []));
    expect([...new Set(codes)]).to.deep.equal(['MILL_DISK_FULL']);
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: 1, verdict, takeoverMs };
  }),
};
