/**
 * kafkajs without an engine: consume, look a key up in a set in memory, produce, commit. No state survives it, no
 * rebalance is handled and no record can fail, so this bounds what an engine on the library can reach. One chunk is
 * committed while the next is read.
 */
import { Kafka, logLevel } from 'kafkajs';
import type { Message, Producer } from 'kafkajs';
import { ownSettings, tell, whenInputEnds } from './contender.ts';

const COMMIT_RECORDS = 20_000;

interface Chunk {
  readonly messages: Message[];
  readonly positions: Map<number, string>;
  records: number;
}

const setting = ownSettings();
const [input, output, groupId] = [setting('input'), setting('output'), setting('applicationId')];
const transactional = setting('guarantee') === 'exactly_once';
// A broker that still ends the transaction before answers with an error: how soon kafkajs asks again is the rate of commits.
const kafka = new Kafka({ clientId: 'bare', brokers: [setting('brokers')], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 5, retries: 30 } });

const emptyChunk = (): Chunk => ({ messages: [], positions: new Map(), records: 0 });

const ended = whenInputEnds();
tell('starting');
const admin = kafka.admin();
await admin.connect();
const unread = new Map((await admin.fetchTopicOffsets(input)).map(({ partition, offset }) => [partition, Number(offset)]));
await admin.disconnect();

const producer: Producer = kafka.producer({ ...(transactional ? { transactionalId: groupId } : {}), idempotent: true, maxInFlightRequests: 1 });
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
await Promise.all([producer.connect(), consumer.connect()]);

async function commit({ messages, positions }: Chunk): Promise<void> {
  const topics = [{ topic: input, partitions: [...positions].map(([partition, offset]) => ({ partition, offset })) }];
  if (transactional) {
    const transaction = await producer.transaction();
    if (messages.length > 0) await transaction.send({ topic: output, acks: -1, messages });
    await transaction.sendOffsets({ consumerGroupId: groupId, topics });
    await transaction.commit();
  } else {
    if (messages.length > 0) await producer.send({ topic: output, acks: -1, messages });
    await consumer.commitOffsets(topics.flatMap(({ topic, partitions }) => partitions.map((position) => ({ topic, ...position }))));
  }
}

const seen = new Set<string>();
let chunk = emptyChunk();
let committing = Promise.resolve();

await consumer.subscribe({ topic: input, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch: { partition, messages } }) => {
    if (seen.size === 0) tell('first');
    for (const { key, value, timestamp, headers } of messages) {
      const id = key?.toString() ?? '';
      if (seen.has(id)) continue;
      seen.add(id);
      chunk.messages.push({ key, value, timestamp, partition, ...(headers === undefined ? {} : { headers }) });
    }
    const position = Number(messages.at(-1)?.offset) + 1;
    chunk.positions.set(partition, String(position));
    chunk.records += messages.length;
    if (position >= (unread.get(partition) ?? 0)) unread.delete(partition);
    if (chunk.records < COMMIT_RECORDS && unread.size > 0) return;
    await committing;
    committing = commit(chunk);
    chunk = emptyChunk();
    if (unread.size === 0) await committing;
  },
});
tell('running');

await ended;
await Promise.all([consumer.disconnect(), producer.disconnect()]);
