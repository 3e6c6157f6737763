/** One call takes ten times the session time-out. Heartbeats do not depend on it: the member stays, and no group is rebalanced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Cluster } from '../cluster.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';
import { patiently } from '../world.ts';

const SESSION_TIMEOUT_MS = 1500;
const STALL_MS = 10 * SESSION_TIMEOUT_MS;

export const slowStage: Scenario = {
  name: 'a call of ten session time-outs',
  run: (world, driver) => Cluster.run(world, { driver, instances: 1, settings: { sessionTimeoutMs: SESSION_TIMEOUT_MS }, topology: { stallMs: STALL_MS } }, async (cluster) => {
    const groupId = `${cluster.applicationId}-intake`;
    const members = async (): Promise<string[]> => {
      const { groups } = await patiently(() => world.admin.describeGroups([groupId]));
      return groups.flatMap(({ members: found }) => found.map(({ memberId }) => memberId));
    };
    const instance = cluster.pickInstance();
    const before = await members();
    const changesBefore = instance.of('state').length;
    await cluster.load.more(1);
    const user = 'user-7';
    await world.producer.send({ topic: cluster.input, acks: -1, messages: [{ key: user, value: JSON.stringify({ eventId: 'stall-1', user, amount: 5 }) }] });
    await sleep(STALL_MS);
    await cluster.load.more(1);
    expect(await members(), 'members of the group').to.deep.equal(before);
    const verdict = await cluster.verdict();
    assertKept(verdict);
    expect(before).to.have.length(1);
    expect(instance.of('state').slice(changesBefore).map(({ state }) => state)).to.deep.equal(['PENDING_SHUTDOWN', 'NOT_RUNNING']);
    return { rounds: 1, verdict };
  }),
};
