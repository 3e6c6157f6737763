/** What every driver of KafkaClient keeps to, on a real broker. Names are new for each test: the broker is shared. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { compileConnectionOptions, type CompiledConnectionOptions, type KafkaConnectionOptions } from '../../../connectors/kafka/options.ts';
import { openKafkaClient, type FetchedPartition, type KafkaClient, type KafkaProducer, type Membership, type MembershipOptions } from '../../../connectors/kafka/client/index.ts';
import type { LogRecord, OutgoingRecord } from '../../../connectors/ports/index.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';

export type Driver = CompiledConnectionOptions['driver'];

export const uniqueName = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`;

/** A client for as long as `use` runs. */
export async function withClient<T>(options: KafkaConnectionOptions, use: (client: KafkaClient) => Promise<T>): Promise<T> {
  const client = await openKafkaClient(compileConnectionOptions(options));
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

export async function createTopic(client: KafkaClient, partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<string> {
  const topic = uniqueName('topic');
  // The records of the tests are old: they would be removed whenever the broker looks.
  await client.createTopics([{ topic, partitions, configs: { 'retention.ms': '-1', ...configs } }]);
  return topic;
}

export const outgoing = (topic: string, partition: number, value: string | Buffer | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord =>
  ({ topic, partition, timestampMs: 1_700_000_000_000, key: null, value: typeof value === 'string' ? Buffer.from(value) : value, headers: {}, ...more });

export const valuesOf = (records: readonly LogRecord[]): (string | undefined)[] => records.map(({ value }) => value?.toString());

export interface ReadOptions {
  readonly isolation?: 'read_committed' | 'read_uncommitted';
  readonly from?: number;
  readonly maxBytes?: number;
}

export async function fetchOnce(client: KafkaClient, topic: string, partition: number, { isolation = 'read_committed', from = 0, maxBytes = 1_000_000 }: ReadOptions = {}): Promise<FetchedPartition> {
  const [description] = await client.describeTopics([topic]);
  const node = description!.leaders[partition]!;
  const [fetched] = await client.fetch(node, [{ topic, partition, offset: from, maxBytes }], { isolation, maxWaitMs: 100, maxBytes });
  return fetched!;
}

/** Everything up to the end offset, as a reader does it: always on from `nextOffset`. */
export async function readAll(client: KafkaClient, topic: string, partition: number, options: ReadOptions = {}): Promise<{ records: LogRecord[]; nextOffset: number }> {
  const records: LogRecord[] = [];
  for (let nextOffset = options.from ?? 0; ;) {
    const fetched = await fetchOnce(client, topic, partition, { ...options, from: nextOffset });
    if (fetched.outcome !== 'records') throw new Error(`the partition answers ${fetched.outcome}`);
    records.push(...fetched.records);
    nextOffset = fetched.nextOffset;
    if (nextOffset >= fetched.endOffset) return { records, nextOffset };
  }
}

/** A commit is answered before its markers are written: it is seen a little later. */
export async function eventually<T>(expected: T, read: () => Promise<T>): Promise<void> {
  while (!isDeepStrictEqual(await read(), expected)) await setTimeout(20);
}

interface RecordedMember {
  readonly membership: Membership;
  /** Partitions of the last assignment. */
  last(): number[];
  rebalances(): number;
  memberIds(): string[];
  /** User data of the members that this one, as leader, has assigned to last. */
  assignedTo(): string[];
  readonly failures: unknown[];
}

type MemberTimes = Pick<MembershipOptions, 'sessionTimeoutMs' | 'heartbeatIntervalMs'>;

/** Deals the topic's partitions out one by one. */
export async function joinRecorded(client: KafkaClient, groupId: string, topic: string, userData: Buffer = Buffer.alloc(0), times: MemberTimes = { sessionTimeoutMs: 10_000, heartbeatIntervalMs: 200 }): Promise<RecordedMember> {
  const assignments: Parameters<MembershipOptions['onAssigned']>[0][] = [];
  const failures: unknown[] = [];
  let rebalances = 0;
  let assignedTo: string[] = [];
  const membership = await client.joinGroup({
    ...times, groupId, topics: [topic], protocol: 'test', rebalanceTimeoutMs: 20_000,
    assign: async (members) => {
      assignedTo = members.map((member) => member.userData.toString());
      const [description] = await client.describeTopics([topic]);
      return new Map(members.map(({ memberId }, index) => [memberId, new Map([[topic, [...description!.leaders.keys()].filter((partition) => partition % members.length === index)]])]));
    },
    userData: () => userData,
    onAssigned: (assignment) => { assignments.push(assignment); },
    onRebalancing: () => { rebalances += 1; },
    onFailed: (error) => { failures.push(error); },
  });
  return {
    membership, failures,
    last: () => [...assignments.at(-1)?.partitions.get(topic) ?? []],
    rebalances: () => rebalances,
    memberIds: () => [...new Set(assignments.map(({ memberId }) => memberId))],
    assignedTo: () => assignedTo,
  };
}

/** A transaction that stays open with one record, by a bare kafkajs: the port has none that does. */
async function openTransaction({ brokers }: KafkaConnectionOptions, topic: string): Promise<{ abort(): Promise<void> }> {
  const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer({ transactionalId: uniqueName('tx'), transactionTimeout: 30_000, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'open', partition: 0 }] });
  return {
    async abort() {
      await transaction.abort();
      await producer.disconnect();
    },
  };
}

const TIMEOUT_MS = 30_000;

export function describeKafkaClient(driver: Driver): void {
  let client: KafkaClient;
  let options: KafkaConnectionOptions;

  before(async () => {
    options = { brokers: [(await sharedKafka()).bootstrap], driver };
    client = await openKafkaClient(compileConnectionOptions(options));
  });
  after(() => client.close());

  describe('topics', () => {
    it('are created with configs, described, left as they are a second time, and deleted', async () => {
      const topic = uniqueName('topic');
      await client.createTopics([{ topic, partitions: 3, configs: { 'cleanup.policy': 'compact' } }]);
      await client.createTopics([{ topic, partitions: 5, configs: {} }]);
      const [description] = await client.describeTopics([topic, uniqueName('missing')]);
      expect(description?.topic).to.equal(topic);
      expect(description?.leaders).to.have.length(3);
      expect(description?.leaders.every((leader) => leader >= 0)).to.equal(true);
      expect(await client.topicConfigs(topic, ['cleanup.policy', 'max.message.bytes'])).to.deep.equal({ 'cleanup.policy': 'compact', 'max.message.bytes': '1048588' });
      await client.deleteTopics([topic]);
      expect(await client.describeTopics([topic])).to.deep.equal([]);
    });

    it('refuse a config that Kafka does not have', async () => {
      const failure = await client.createTopics([{ topic: uniqueName('topic'), partitions: 1, configs: { 'retention.ms': 'long' } }]).catch((error: unknown) => error);
      expect(failure).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_FAILED' });
    });

    it('delete records below an offset: the earliest offset is then that one, and a fetch below it is out of range', async () => {
      const topic = await createTopic(client, 2);
      const producer = await client.producer();
      await producer.send([{ topic, partition: 1, records: ['a', 'b', 'c'].map((value) => outgoing(topic, 1, value)) }]);
      await client.deleteRecords(topic, new Map([[1, 2]]));
      expect(await client.offsets(topic, 'earliest', 'read_committed')).to.deep.equal([0, 2]);
      expect(await client.offsets(topic, 'latest', 'read_committed')).to.deep.equal([0, 3]);
      expect(await fetchOnce(client, topic, 1, { from: 1 })).to.deep.equal({ topic, partition: 1, outcome: 'out-of-range' });
      expect(valuesOf((await readAll(client, topic, 1, { from: 2 })).records)).to.deep.equal(['c']);
      await producer.close();
    });
  });

  describe('records', () => {
    it('come back as they were sent, with keys, nulls, headers, times and offsets', async () => {
      const topic = await createTopic(client);
      const producer = await client.producer();
      const records = [
        outgoing(topic, 0, 'first', { key: Buffer.from('k'), headers: { trace: Buffer.from([0, 255, 128]), empty: Buffer.alloc(0) } }),
        outgoing(topic, 0, null, { key: Buffer.alloc(0), timestampMs: 1_600_000_000_000 }),
        outgoing(topic, 0, Buffer.alloc(0), { timestampMs: 1_500_000_000_123 }),
        outgoing(topic, 0, Buffer.alloc(100_000, 7), { headers: { ['__proto__']: Buffer.from('x') } }),
      ];
      expect(await producer.send([{ topic, partition: 0, records }])).to.deep.equal([{ firstOffset: 0, lastOffset: 3 }]);
      expect(await producer.send([{ topic, partition: 0, records: [outgoing(topic, 0, 'next')] }])).to.deep.equal([{ firstOffset: 4, lastOffset: 4 }]);
      const read = await readAll(client, topic, 0);
      expect(read.nextOffset).to.equal(5);
      expect(read.records.slice(0, 4)).to.deep.equal(records.map(({ topic: of, partition, ...record }, offset) => ({ topic: of, partition, offset, ...record })));
      await producer.close();
    });

    it('are split where a batch would be larger than the topic takes, in order', async () => {
      const topic = await createTopic(client, 2, { 'max.message.bytes': '200000' });
      const producer = await client.producer();
      const values = Array.from({ length: 40 }, (_, index) => Buffer.alloc(50_000, index));
      const [stored] = await producer.send([
        { topic, partition: 0, records: values.map((value) => outgoing(topic, 0, value)) },
        { topic, partition: 1, records: [outgoing(topic, 1, 'beside')] },
      ]);
      expect(stored).to.deep.equal({ firstOffset: 0, lastOffset: 39 });
      expect((await readAll(client, topic, 0)).records.map(({ value }) => value![0])).to.deep.equal(values.map((value) => value[0]));
      await producer.close();
    });

    it('that are too large by themselves are refused, and the producer goes on', async () => {
      const topic = await createTopic(client);
      const producer = await client.producer();
      const failure = await producer.send([{ topic, partition: 0, records: [outgoing(topic, 0, Buffer.alloc(2_000_000))] }]).catch((error: unknown) => error);
      expect(failure).to.include({ name: 'MillraceError', code: 'MILL_RECORD_TOO_LARGE' });
      await producer.send([{ topic, partition: 0, records: [outgoing(topic, 0, 'after')] }]);
      expect(valuesOf((await readAll(client, topic, 0)).records)).to.deep.equal(['after']);
      await producer.close();
    });

    it('of many sends at the same time keep the order of each partition', async () => {
      const topic = await createTopic(client, 3);
      const producer = await client.producer();
      await Promise.all(Array.from({ length: 90 }, (_, index) => producer.send([{ topic, partition: index % 3, records: [outgoing(topic, index % 3, String(index)), outgoing(topic, index % 3, `${index}+`)] }])));
      for (const partition of [0, 1, 2]) {
        const expected = Array.from({ length: 30 }, (_, index) => String(index * 3 + partition)).flatMap((value) => [value, `${value}+`]);
        expect(valuesOf((await readAll(client, topic, partition)).records)).to.deep.equal(expected);
      }
      await producer.close();
    });

    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      it(`survive ${compression}`, async () => {
        await withClient({ ...options, compression }, async (compressing) => {
          const topic = await createTopic(compressing);
          const producer = await compressing.producer();
          const values = ['', 'short', 'repeat '.repeat(50_000)];
          await producer.send([{ topic, partition: 0, records: values.map((value) => outgoing(topic, 0, value)) }]);
          expect(valuesOf((await readAll(client, topic, 0)).records)).to.deep.equal(values);
          await producer.close();
        });
      });
    }
  });

  describe('fetch', () => {
    it('reads several partitions at once, each from its own offset, and waits in vain at the end', async () => {
      const topic = await createTopic(client, 2);
      const producer = await client.producer();
      await producer.send([0, 1].map((partition) => ({ topic, partition, records: ['a', 'b', 'c'].map((value) => outgoing(topic, partition, value)) })));
      const node = (await client.describeTopics([topic]))[0]!.leaders[0]!;
      const positions = [{ topic, partition: 0, offset: 1, maxBytes: 1000 }, { topic, partition: 1, offset: 3, maxBytes: 1000 }];
      const [first, second] = await client.fetch(node, positions, { isolation: 'read_committed', maxWaitMs: 50, maxBytes: 10_000 });
      expect(first).to.include({ outcome: 'records', nextOffset: 3, endOffset: 3 });
      expect(first?.outcome === 'records' && valuesOf(first.records)).to.deep.equal(['b', 'c']);
      expect(second).to.deep.equal({ topic, partition: 1, outcome: 'records', records: [], nextOffset: 3, endOffset: 3 });
      await producer.close();
    });

    it('tells of one partition that it is out of range or unknown, and reads the others', async () => {
      const topic = await createTopic(client, 2);
      const producer = await client.producer();
      await producer.send([0, 1].map((partition) => ({ topic, partition, records: [outgoing(topic, partition, 'a')] })));
      const node = (await client.describeTopics([topic]))[0]!.leaders[0]!;
      const positions = [{ topic, partition: 0, offset: 0, maxBytes: 1000 }, { topic, partition: 1, offset: 99, maxBytes: 1000 }, { topic: uniqueName('missing'), partition: 0, offset: 0, maxBytes: 1000 }];
      const fetched = await client.fetch(node, positions, { isolation: 'read_committed', maxWaitMs: 50, maxBytes: 10_000 });
      expect(fetched.map(({ outcome }) => outcome)).to.deep.equal(['records', 'out-of-range', 'not-leader']);
      expect(fetched[0]?.outcome === 'records' && valuesOf(fetched[0].records)).to.deep.equal(['a']);
      await producer.close();
    });

    it('answers not-leader for a node that does not exist', async () => {
      const topic = await createTopic(client);
      const fetched = await client.fetch(4711, [{ topic, partition: 0, offset: 0, maxBytes: 1000 }], { isolation: 'read_committed', maxWaitMs: 10, maxBytes: 1000 });
      expect(fetched).to.deep.equal([{ topic, partition: 0, outcome: 'not-leader' }]);
    });
  });

  describe('reading on', () => {
    it('stays at the asked offset while an open transaction is there, and never at the high watermark', async () => {
      const topic = await createTopic(client);
      const producer = await client.producer();
      await producer.send([{ topic, partition: 0, records: [outgoing(topic, 0, 'a')] }]);
      const open = await openTransaction(options, topic);
      expect(await fetchOnce(client, topic, 0, { from: 1 })).to.deep.equal({ topic, partition: 0, outcome: 'records', records: [], nextOffset: 1, endOffset: 1 });
      expect(await client.offsets(topic, 'latest', 'read_committed')).to.deep.equal([1]);
      expect(await client.offsets(topic, 'latest', 'read_uncommitted')).to.deep.equal([2]);
      const dirty = await readAll(client, topic, 0, { isolation: 'read_uncommitted' });
      expect(valuesOf(dirty.records)).to.deep.equal(['a', 'open']);
      await open.abort();
      await eventually([3], () => client.offsets(topic, 'latest', 'read_committed'));
      expect(await fetchOnce(client, topic, 0, { from: 1 }), 'past the aborted record and its marker').to.deep.equal({ topic, partition: 0, outcome: 'records', records: [], nextOffset: 3, endOffset: 3 });
      await producer.close();
    });

    it('goes past what compaction has removed: the last records of a batch, and whole batches', async () => {
      const topic = await createTopic(client, 1, { 'cleanup.policy': 'compact', 'segment.ms': '50', 'min.cleanable.dirty.ratio': '0.01', 'min.compaction.lag.ms': '0', 'delete.retention.ms': '0' });
      const producers = [await client.producer(), await client.producer(), await client.producer()] as const;
      const write = async (producer: KafkaProducer, ...keys: string[]): Promise<number> => {
        const [stored] = await producer.send([{ topic, partition: 0, records: keys.map((key) => outgoing(topic, 0, `${key} of ${keys.join()}`, { key: Buffer.from(key), timestampMs: Date.now() })) }]);
        return stored!.lastOffset;
      };
      // Kafka keeps the last batch of each producer, though it be empty.
      await write(producers[0], 'a', 'b', 'c');
      const emptied = await write(producers[1], 'b', 'c');
      const transactional = await client.transactionalProducer(uniqueName('tx'), { timeoutMs: 20_000 });
      await transactional.transact([{ topic, partition: 0, records: [outgoing(topic, 0, 'committed', { key: Buffer.from('c') })] }], { groupId: uniqueName('group'), positions: new Map() });
      // A segment is compacted when a newer one has begun.
      let end = 0;
      const present = async (): Promise<number[]> => (await readAll(client, topic, 0)).records.map(({ offset }) => offset).filter((offset) => offset <= emptied);
      while (!isDeepStrictEqual(await present(), [0])) {
        end = await write(producers[2], 'b', 'c') + 1;
        await setTimeout(200);
      }
      const { records, nextOffset } = await readAll(client, topic, 0);
      expect(nextOffset).to.equal(end);
      expect(records[0]).to.deep.include({ offset: 0, value: Buffer.from('a of a,b,c') });
      expect(records.at(-1)?.offset).to.equal(end - 1);
      for (let from = 0; from < end; from += 1) {
        const rest = await readAll(client, topic, 0, { from, maxBytes: 1 });
        expect(rest.nextOffset, `from ${from}, with room for one batch at a time`).to.equal(end);
        expect(rest.records.map(({ offset }) => offset)).to.deep.equal(records.map(({ offset }) => offset).filter((offset) => offset >= from));
      }
      await Promise.all([...producers, transactional].map((producer) => producer.close()));
    }).timeout(60_000);
  });

  describe('transactions', () => {
    it('show all records and offsets, or none', async () => {
      const topic = await createTopic(client, 2);
      const groupId = uniqueName('group');
      const producer = await client.transactionalProducer(uniqueName('tx'), { timeoutMs: 20_000 });
      for (let index = 0; index < 5; index += 1) {
        const stored = await producer.transact([0, 1].map((partition) => ({ topic, partition, records: [outgoing(topic, partition, `${index}a`), outgoing(topic, partition, `${index}b`)] })),
          { groupId, positions: new Map([[`${topic}/0`, index + 1]]) });
        // Each transaction ends with a control record.
        expect(stored).to.deep.equal([{ firstOffset: index * 3, lastOffset: index * 3 + 1 }, { firstOffset: index * 3, lastOffset: index * 3 + 1 }]);
        expect([...await client.groupOffsets(groupId, [topic])], 'the position is waited for while its marker is written').to.deep.equal([[`${topic}/0`, index + 1]]);
      }
      await eventually(15, async () => (await client.offsets(topic, 'latest', 'read_committed'))[1]);
      const read = await readAll(client, topic, 1);
      expect(valuesOf(read.records)).to.deep.equal(['0a', '0b', '1a', '1b', '2a', '2b', '3a', '3b', '4a', '4b']);
      expect(read.nextOffset, 'past the last control record').to.equal(15);
      await producer.close();
    });

    it('may not last longer than the brokers allow, which is an error of the configuration', async () => {
      const failure = await client.transactionalProducer(uniqueName('tx'), { timeoutMs: 2 ** 31 - 1 }).catch((error: unknown) => error);
      expect(failure).to.include({ name: 'MillraceError', code: 'MILL_CONFIG_INVALID' });
    });

    it('commit offsets alone, and records alone', async () => {
      const topic = await createTopic(client);
      const groupId = uniqueName('group');
      const producer = await client.transactionalProducer(uniqueName('tx'), { timeoutMs: 20_000 });
      await producer.transact([], { groupId, positions: new Map([[`${topic}/0`, 7]]) });
      await producer.transact([{ topic, partition: 0, records: [outgoing(topic, 0, 'a')] }], { groupId, positions: new Map() });
      await producer.transact([], { groupId, positions: new Map([[`${topic}/0`, 8]]) });
      await eventually([[`${topic}/0`, 8]], async () => [...await client.groupOffsets(groupId, [topic])]);
      await eventually(['a'], async () => valuesOf((await readAll(client, topic, 0)).records));
      await producer.close();
    });

    it('of a fenced producer fail, and nothing of them is seen', async () => {
      const topic = await createTopic(client);
      const id = uniqueName('tx');
      const old = await client.transactionalProducer(id, { timeoutMs: 20_000 });
      await old.transact([{ topic, partition: 0, records: [outgoing(topic, 0, 'old')] }], { groupId: id, positions: new Map() });
      const young = await client.transactionalProducer(id, { timeoutMs: 20_000 });
      const failure = await old.transact([{ topic, partition: 0, records: [outgoing(topic, 0, 'zombie')] }], { groupId: id, positions: new Map([[`${topic}/0`, 99]]) }).catch((error: unknown) => error);
      expect(failure).to.include({ name: 'MillraceError', code: 'MILL_FENCED' });
      await young.transact([{ topic, partition: 0, records: [outgoing(topic, 0, 'young')] }], { groupId: id, positions: new Map() });
      await eventually(['old', 'young'], async () => valuesOf((await readAll(client, topic, 0)).records));
      expect([...await client.groupOffsets(id, [topic])]).to.deep.equal([]);
      const again = await old.transact([], { groupId: id, positions: new Map([[`${topic}/0`, 1]]) }).catch((error: unknown) => error);
      expect(again, 'no use after an error').to.include({ name: 'MillraceError' });
      await Promise.all([old.close(), young.close()]);
    });

    it('that fail are aborted at once: readers go past their records', async () => {
      const topic = await createTopic(client, 1, { 'max.message.bytes': '2000' });
      const producer = await client.transactionalProducer(uniqueName('tx'), { timeoutMs: 60_000 });
      const records = [...Array.from({ length: 10 }, () => outgoing(topic, 0, Buffer.alloc(1000, 'a'))), outgoing(topic, 0, Buffer.alloc(5000))];
      const failure = await producer.transact([{ topic, partition: 0, records }], { groupId: uniqueName('group'), positions: new Map() }).catch((error: unknown) => error);
      expect(failure).to.include({ name: 'MillraceError', code: 'MILL_RECORD_TOO_LARGE' });
      await producer.close();
      const other = await client.producer();
      const [stored] = await other.send([{ topic, partition: 0, records: [outgoing(topic, 0, 'after')] }]);
      expect(stored!.firstOffset, 'some were written before the failure').to.be.greaterThan(0);
      await eventually(['after'], async () => valuesOf((await readAll(client, topic, 0)).records));
      expect(valuesOf((await readAll(client, topic, 0, { isolation: 'read_uncommitted' })).records).length).to.be.greaterThan(1);
      await other.close();
    });
  });

  describe('membership', () => {
    it('gives a lone member everything, shares with a second one, and hands over at once when it leaves', async () => {
      const topic = await createTopic(client, 4);
      const groupId = uniqueName('group');
      const first = await joinRecorded(client, groupId, topic);
      expect(first.last()).to.deep.equal([0, 1, 2, 3]);
      const second = await joinRecorded(client, groupId, topic);
      await eventually([2, 2], async () => [first.last().length, second.last().length]);
      expect([...first.last(), ...second.last()].sort()).to.deep.equal([0, 1, 2, 3]);
      expect(first.rebalances()).to.equal(1);
      await second.membership.leave();
      await eventually([0, 1, 2, 3], async () => first.last());
      expect(first.memberIds(), 'it stays the same member').to.have.length(1);
      await first.membership.leave();
      expect(await client.describeGroup(groupId)).to.deep.equal([]);
      expect([...first.failures, ...second.failures]).to.deep.equal([]);
    });

    it('reports an empty assignment, and what each member told about itself', async () => {
      const topic = await createTopic(client, 1);
      const groupId = uniqueName('group');
      const first = await joinRecorded(client, groupId, topic, Buffer.from('first'));
      const second = await joinRecorded(client, groupId, topic, Buffer.from('second'));
      await eventually([0, 1], async () => [first.last().length, second.last().length].sort());
      await eventually(['first', 'second'], async () => (await client.describeGroup(groupId)).map(({ userData }) => userData.toString()).sort());
      const described = await client.describeGroup(groupId);
      expect(described.map(({ partitions }) => partitions.get(topic)?.length ?? 0).sort()).to.deep.equal([0, 1]);
      expect(first.assignedTo().sort(), 'the leader saw both').to.deep.equal(['first', 'second']);
      await Promise.all([first.membership.leave(), second.membership.leave()]);
    });

    it('lasts beyond its session time-out while other work goes on', async () => {
      const topic = await createTopic(client, 1);
      const member = await joinRecorded(client, uniqueName('group'), topic, Buffer.alloc(0), { sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000 });
      const producer = await client.producer();
      for (const until = Date.now() + 9000; Date.now() < until;) {
        await producer.send([{ topic, partition: 0, records: [outgoing(topic, 0, 'a')] }]);
        await fetchOnce(client, topic, 0);
      }
      expect(member.rebalances()).to.equal(0);
      await member.membership.commit(new Map([[`${topic}/0`, 1]]));
      await producer.close();
      await member.membership.leave();
    }).timeout(TIMEOUT_MS);
  });

  describe('group offsets', () => {
    it('of a group that was never there are none', async () => {
      const topic = await createTopic(client);
      expect([...await client.groupOffsets(uniqueName('group'), [topic, uniqueName('missing')])]).to.deep.equal([]);
      expect(await client.describeGroup(uniqueName('group'))).to.deep.equal([]);
    });
  });

  describe('an address where nobody listens', () => {
    it('gives MILL_KAFKA_UNAVAILABLE within the connection time-out', async () => {
      const failure = await withClient({ brokers: ['127.0.0.1:1'], driver, connectionTimeoutMs: 500 }, async () => undefined).catch((error: unknown) => error);
      expect(failure).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_UNAVAILABLE' });
    }).timeout(TIMEOUT_MS);
  });
}
