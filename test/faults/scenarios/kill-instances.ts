/**
 * kill -9 of a random instance of three, again and again. In every other round the victim is started again at once, with
 * its state directory as it was left; else only when the others have taken its tasks over.
 */
import type { ProcessingGuarantee } from '../../../connectors/ports/index.ts';
import { Cluster } from '../cluster.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';
import { restoreTimes } from '../restores.ts';

const killInstances = (name: string, guarantee: ProcessingGuarantee): Scenario => ({
  name,
  run: (world, driver) => Cluster.run(world, { driver, instances: 3, guarantee }, async (cluster) => {
    const takeoverMs: number[] = [];
    const restoreMs: number[] = [];
    for (let round = 0; round < world.rounds; round++) {
      const victim = cluster.pickInstance();
      const strike = await cluster.strike(() => victim.kill(), victim);
      if (round % 2 === 0) cluster.startInstance(victim.name);
      takeoverMs.push(await cluster.survived(strike));
      if (round % 2 === 1) cluster.startInstance(victim.name);
      await cluster.allRunning();
      restoreMs.push(...restoreTimes(cluster.instances, strike.atMs));
    }
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: world.rounds, verdict, takeoverMs, restoreMs };
  }),
});

export const killInstancesExactlyOnce = killInstances('kill -9, exactly once', 'exactly_once');
export const killInstancesAtLeastOnce = killInstances('kill -9, at least once', 'at_least_once');
