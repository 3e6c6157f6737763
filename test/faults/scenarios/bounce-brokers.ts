/**
 * Brokers end one after the other, in order and by kill -9, and come back. The application must go on while one is
 * away. In the short form the leader of an input partition ends in order and the active controller is killed; in the
 * long form each broker meets each end.
 */
import { Cluster } from '../cluster.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';
import { BROKERS, inSync, patiently } from '../world.ts';
import type { World } from '../world.ts';

type End = 'stop' | 'kill';

const leaderOf = async ({ admin }: World, topic: string): Promise<number> => {
  const { topics } = await patiently(() => admin.fetchTopicMetadata({ topics: [topic] }));
  return topics[0]?.partitions.find(({ partitionId }) => partitionId === 0)?.leader ?? 1;
};

/** Asked anew for each, since each end moves leaders and controllers. */
function endsOf(world: World, cluster: Cluster): { readonly end: End; readonly broker: () => Promise<number> }[] {
  const special = [
    { end: 'stop' as const, broker: () => leaderOf(world, cluster.input) },
    { end: 'kill' as const, broker: () => world.stack.controllerId() },
  ];
  if (world.rounds < BROKERS.length) return special;
  const each = (end: End): { readonly end: End; readonly broker: () => Promise<number> }[] => BROKERS.map((id) => ({ end, broker: async () => id }));
  return [...special, ...each('stop'), ...each('kill')];
}

export const bounceBrokers: Scenario = {
  name: 'brokers bounced',
  run: (world, driver) => Cluster.run(world, { driver, instances: 2 }, async (cluster) => {
    const takeoverMs: number[] = [];
    const ends = endsOf(world, cluster);
    for (const { end, broker: whichOne } of ends) {
      const broker = world.stack.broker(await whichOne());
      const strike = await cluster.strike(() => (end === 'stop' ? broker.stop() : broker.kill()));
      takeoverMs.push(await cluster.survived(strike));
      await broker.start();
      await inSync(world);
    }
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: ends.length, verdict, takeoverMs };
  }),
};
