/**
 * A service that is slower than the input: what waits stays in Kafka. The instance works off a backlog, and then one of
 * ten times its length; its memory must not know the difference.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { partitionForKey } from '../../../connectors/ports/index.ts';
import { Cluster, PARTITIONS } from '../cluster.ts';
import type { FaultEvent } from '../events.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';
import { eventually } from '../world.ts';

const MIB = 1024 * 1024;
const RECORDS = 1000;
const PADDING_BYTES = 18_000;
/** For the heap of V8, which grows until it has seen the same work for a while; the longer backlog has 155 MiB more. */
const BOUND_BYTES = 100 * MIB;
const SAMPLE_MS = 50;

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function produceBacklog(cluster: Cluster, name: string, records: number): Promise<void> {
  const events = Array.from({ length: records }, (_, i): FaultEvent => ({ eventId: `${name}-${i}`, user: `user-${i % 60}`, amount: 1, padding: 'x'.repeat(PADDING_BYTES) }));
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = events.filter(({ user }) => partitionForKey(Buffer.from(user), PARTITIONS) === partition);
    for (let at = 0; at < own.length; at += 50) {
      await cluster.world.producer.send({ topic: cluster.input, acks: -1, messages: own.slice(at, at + 50).map((event) => ({ partition, key: event.user, value: JSON.stringify(event) })) });
    }
  }
}

/** Most memory that the instance has until it has committed all that the input topic holds now. */
async function peakOf(cluster: Cluster, pid: number): Promise<number> {
  const ends = await cluster.endOffsets(cluster.input);
  let peak = 0;
  let working = true;
  const sampling = (async () => {
    while (working) {
      peak = Math.max(peak, await residentBytes(pid));
      await sleep(SAMPLE_MS);
    }
  })();
  try {
    await eventually('the backlog is worked off', async () => {
      const committed = await cluster.committed(`${cluster.applicationId}-intake`);
      return ends.every((end, partition) => (committed[partition] ?? 0) >= end);
    }, 120_000);
  } finally {
    working = false;
    await sampling;
  }
  return peak;
}

export const slowService: Scenario = {
  name: 'slow service, flat memory',
  run: (world, driver) => Cluster.run(world, {
    driver, instances: 1, settings: { bufferBytes: MIB }, topology: { callMs: 12, concurrency: 2 }, load: { recordsPerSecond: 20 },
  }, async (cluster) => {
    const [instance] = cluster.instances;
    if (instance === undefined) throw new Error('no instance');
    await produceBacklog(cluster, 'short', RECORDS);
    const short = await peakOf(cluster, instance.pid);
    await produceBacklog(cluster, 'long', 10 * RECORDS);
    const strike = await cluster.strike(async () => undefined);
    const long = await peakOf(cluster, instance.pid);
    await cluster.survived(strike);
    expect(long - short, `peak of ${Math.round(short / MIB)} MiB, then of ${Math.round(long / MIB)} MiB`).to.be.lessThan(BOUND_BYTES);
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: 1, verdict };
  }),
};
