/** A machine and its disk are gone: the state is restored from the changelogs. */
import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { Cluster } from '../cluster.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';
import { halfRestored, restoredOffsets, restoreTimes } from '../restores.ts';

export const stateDirectoryDeleted: Scenario = {
  name: 'state directory deleted',
  run: (world, driver) => Cluster.run(world, { driver, instances: 1 }, async (cluster) => {
    const victim = cluster.pickInstance();
    await cluster.load.more(300);
    const strike = await cluster.strike(async () => {
      await victim.kill();
      await rm(victim.settings.stateDirectory, { recursive: true });
    });
    const successor = cluster.startInstance(victim.name);
    const takeoverMs = [await cluster.survived(strike)];
    expect(restoredOffsets(successor), 'changelog offsets restored').to.be.greaterThan(0);
    const restoreMs = restoreTimes([successor], strike.atMs);
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: 1, verdict, takeoverMs, restoreMs };
  }),
};

const ATTEMPTS = 10;

/** Whether the kill met a restore is seen afterwards: only such a round counts. */
export const killedWhileRestoring: Scenario = {
  name: 'kill -9 in a restore',
  run: (world, driver) => Cluster.run(world, { driver, instances: 1 }, async (cluster) => {
    let instance = cluster.pickInstance();
    await cluster.load.more(600);
    const strike = await cluster.strike(async () => {
      await instance.kill();
      for (let attempt = 0; ; attempt++) {
        if (attempt === ATTEMPTS) throw new Error(`No kill of ${ATTEMPTS} met a restore`);
        await rm(instance.settings.stateDirectory, { recursive: true });
        instance = cluster.startInstance(instance.name);
        await instance.until('a restore has begun', (starting) => halfRestored(starting).length > 0 || starting.state === 'RUNNING');
        await instance.kill();
        if (halfRestored(instance).length > 0) return;
      }
    }, instance);
    const successor = cluster.startInstance(instance.name);
    const takeoverMs = [await cluster.survived(strike)];
    const restoreMs = restoreTimes([successor], strike.atMs);
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: 1, verdict, takeoverMs, restoreMs };
  }),
};
