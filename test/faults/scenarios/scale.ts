/** One instance becomes three and one again, under load: tasks move without loss, and each of the three works. */
import { expect } from 'chai';
import { Cluster } from '../cluster.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';
import type { Instance } from '../instance.ts';
import { restoreTimes } from '../restores.ts';

export const scale: Scenario = {
  name: 'scale 1 to 3 to 1',
  run: (world, driver) => Cluster.run(world, { driver, instances: 1 }, async (cluster) => {
    const takeoverMs: number[] = [];
    const first = cluster.instances[0];
    const joined: Instance[] = [];
    const grown = await cluster.strike(async () => { joined.push(cluster.startInstance('second'), cluster.startInstance('third')); });
    for (const instance of joined) await instance.until('a task of it has committed', ({ tasks }) => tasks.some(({ commits }) => commits > 0));
    await cluster.allRunning();
    takeoverMs.push(await cluster.survived(grown));
    for (const instance of cluster.instances) expect(instance.tasks.length, `tasks of ${instance.name}`).to.be.within(1, 2 * 2 + 2);
    for (const instance of joined) {
      const shrunk = await cluster.strike(() => instance.close(), instance);
      takeoverMs.push(await cluster.survived(shrunk));
    }
    await cluster.allRunning();
    expect(cluster.instances).to.deep.equal([first]);
    const restoreMs = restoreTimes(cluster.instances, grown.atMs);
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: takeoverMs.length, verdict, takeoverMs, restoreMs };
  }),
};
