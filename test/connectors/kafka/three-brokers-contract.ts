/**
 * Three brokers, each killed and started again while records are written: nothing that was acknowledged is lost, and
 * nothing is there twice. With one broker no driver can get this wrong; with three, libraries do.
 */
import { expect } from 'chai';
import type { KafkaClient, PartitionBatch } from '../../../connectors/kafka/client/index.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { withKafkaStack } from '../../support/kafka-stack.ts';
import { joinRecorded, outgoing, readAll, uniqueName, valuesOf, withClient, type Driver } from './client-contract.ts';

const PARTITIONS = 6;
const BROKERS = [1, 2, 3];
/** Rounds that must succeed between two faults. */
const ROUNDS = 15;

const batchesOf = (topic: string, round: number): PartitionBatch[] => Array.from({ length: PARTITIONS }, (_, partition) => ({
  topic, partition, records: ['a', 'b', 'c'].map((part) => outgoing(topic, partition, `${round}${part}`)),
}));

const valuesOfRounds = (rounds: readonly number[]): string[] => rounds.flatMap((round) => ['a', 'b', 'c'].map((part) => `${round}${part}`));

/** Runs until it is told to stop; `rounds` are those that are known to have succeeded. */
interface Load {
  readonly rounds: number[];
  /** Errors that it got over. */
  readonly failures: MillraceError[];
  /** Resolves when `count` more rounds have succeeded; rejects when the load has ended by itself. */
  progress(count: number): Promise<void>;
  stop(): Promise<void>;
}

function startLoad(round: (index: number, load: Pick<Load, 'rounds' | 'failures'>) => Promise<void>): Load {
  const rounds: number[] = [];
  const failures: MillraceError[] = [];
  let stopped = false;
  let told: () => void = () => undefined;
  const running = (async () => {
    for (let index = 0; !stopped; index += 1) {
      await round(index, { rounds, failures });
      told();
    }
  })();
  return {
    rounds, failures,
    async progress(count) {
      const wanted = rounds.length + count;
      const reached = new Promise<void>((resolve) => {
        told = () => { if (rounds.length >= wanted) resolve(); };
      });
      await Promise.race([reached, running]);
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** A send that fails is given up: whatever is not acknowledged may be there or not. */
async function producing(client: KafkaClient, topic: string): Promise<Load> {
  const producer = await client.producer();
  const load = startLoad(async (index, { rounds, failures }) => {
    try {
      await producer.send(batchesOf(topic, index));
      rounds.push(index);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code === 'MILL_CLOSED') throw error;
      failures.push(error);
    }
  });
  return { ...load, stop: async () => { await load.stop(); await producer.close(); } };
}

/** As a task does it: after a failure a new producer is opened, and what the group has committed says where to go on. */
async function transacting(client: KafkaClient, topic: string): Promise<Load & { readonly groupId: string }> {
  const groupId = uniqueName('group');
  const id = uniqueName('tx');
  const position = `${topic}/0`;
  const open = () => client.transactionalProducer(id, { timeoutMs: 20_000 });
  let producer = await open();
  let committed = 0;
  const load = startLoad(async (_index, { rounds, failures }) => {
    try {
      await producer.transact(batchesOf(topic, committed), { groupId, positions: new Map([[position, committed + 1]]) });
      rounds.push(committed);
      committed += 1;
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code === 'MILL_CLOSED') throw error;
      failures.push(error);
      await producer.close();
      producer = await open();
      const found = (await client.groupOffsets(groupId, [topic])).get(position) ?? 0;
      expect(found - committed, 'the round that failed, or none').to.be.oneOf([0, 1]);
      if (found > committed) rounds.push(committed);
      committed = found;
    }
  });
  return { ...load, groupId, stop: async () => { await load.stop(); await producer.close(); } };
}

async function expectAllOnce(client: KafkaClient, topic: string, { rounds }: Load, mayBeThere: (value: string) => boolean): Promise<void> {
  const expected = valuesOfRounds(rounds);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const values = valuesOf((await readAll(client, topic, partition)).records).map(String);
    expect(new Set(values).size, `repeated in partition ${partition}`).to.equal(values.length);
    const known = new Set(expected);
    expect(values.filter((value) => known.has(value)), `lost or out of order in partition ${partition}`).to.deep.equal(expected);
    expect(values.filter((value) => !known.has(value) && !mayBeThere(value)), `never sent to partition ${partition}`).to.deep.equal([]);
  }
}

export function describeThreeBrokers(driver: Driver): void {
  it('each killed in turn: nothing is lost or repeated, and a member stays or comes back', () => withKafkaStack({ brokers: 3, heapMb: 256 }, async (stack) => {
    await withClient({ brokers: [...stack.brokers], driver }, async (client) => {
      const topics = { plain: uniqueName('plain'), transactional: uniqueName('transactional') };
      // The records are of long ago: Kafka's default would remove them.
      await client.createTopics(Object.values(topics).map((topic) => ({ topic, partitions: PARTITIONS, replicationFactor: 3, configs: { 'min.insync.replicas': '2', 'retention.ms': '-1' } })));
      const member = await joinRecorded(client, uniqueName('group'), topics.plain);
      const plain = await producing(client, topics.plain);
      const transactional = await transacting(client, topics.transactional);
      const progress = (): Promise<unknown> => Promise.all([plain.progress(ROUNDS), transactional.progress(ROUNDS)]);

      for (const id of BROKERS) {
        await progress();
        await stack.broker(id).kill();
        await progress();
        await stack.broker(id).start();
      }
      await progress();
      await Promise.all([plain.stop(), transactional.stop()]);

      await expectAllOnce(client, topics.plain, plain, (value) => plain.failures.length > 0 && /^\d+[abc]$/.test(value));
      await expectAllOnce(client, topics.transactional, transactional, () => false);
      expect((await client.groupOffsets(transactional.groupId, [topics.transactional])).get(`${topics.transactional}/0`)).to.equal(transactional.rounds.length);
      expect(plain.failures, 'within the delivery time-out').to.deep.equal([]);
      expect(member.failures).to.deep.equal([]);
      expect(member.last()).to.deep.equal([0, 1, 2, 3, 4, 5]);
      await member.membership.commit(new Map([[`${topics.plain}/0`, 1]]));
      await member.membership.leave();
    });
  })).timeout(300_000);
}
