/**
 * While nobody ran, retention has removed records that were not processed. The task does not go on as if nothing had
 * been: it fails and names what is lost, until it is told to go on without.
 */
import { expect } from 'chai';
import { Cluster } from '../cluster.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';

export const lostRange: Scenario = {
  name: 'committed offset older than retention',
  run: (world, driver) => Cluster.run(world, { driver, instances: 1 }, async (cluster) => {
    const victim = cluster.pickInstance();
    await cluster.load.more(200);
    const strike = await cluster.strike(() => victim.kill(), victim);
    await cluster.load.more(200);
    const ends = await cluster.endOffsets(cluster.input);
    const before = (await cluster.readInput()).filter(({ partition, offset }) => offset < (ends[partition] ?? 0));
    await world.admin.deleteTopicRecords({ topic: cluster.input, partitions: ends.map((end, partition) => ({ partition, offset: String(end) })) });

    const refusing = cluster.startInstance(victim.name);
    await refusing.until('it fails', (instance) => instance.of('failed').length > 0);
    const [failure] = refusing.of('failed');
    expect(failure?.code).to.equal('MILL_OFFSET_OUT_OF_RANGE');
    expect(refusing.state).to.equal('ERROR');
    const committed = await cluster.committed(`${cluster.applicationId}-intake`);
    const losses = ends.map((start, partition) => `Offsets ${committed[partition]} to ${start - 1} of topic ${cluster.input}, partition ${partition},`);
    expect(losses.some((loss) => failure?.message.includes(loss)), `"${failure?.message}" names one of: ${losses.join(' ')}`).to.equal(true);
    await refusing.kill();

    cluster.startInstance(victim.name, { settings: { autoOffsetReset: 'earliest' } });
    const takeoverMs = [await cluster.survived(strike)];
    await cluster.load.stop();
    const processed = before.filter(({ partition, offset }) => offset < (committed[partition] ?? 0));
    const after = await cluster.readInput();
    const verdict = await cluster.verdict({ input: [...processed, ...after] });
    assertKept(verdict);
    return { rounds: 1, verdict, takeoverMs };
  }),
};
