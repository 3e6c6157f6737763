/** The same as bare-kafkajs.ts, with @platformatic/kafka. */
import { Consumer, Producer } from '@platformatic/kafka';
import type { Message, MessageToProduce } from '@platformatic/kafka';
import { ownSettings, tell, whenInputEnds } from './contender.ts';

const COMMIT_RECORDS = 20_000;
/** Chunks that wait for their commit, at the most. */
const WAITING_CHUNKS = 1;
const ALL_REPLICAS = -1;

interface Chunk {
  readonly messages: MessageToProduce[];
  /** The last message of each partition. */
  readonly last: Map<number, Message>;
  records: number;
}

const setting = ownSettings();
const [input, output, groupId] = [setting('input'), setting('output'), setting('applicationId')];
const transactional = setting('guarantee') === 'exactly_once';
const connection = { clientId: 'bare', bootstrapBrokers: [setting('brokers')], autocreateTopics: false };

const emptyChunk = (): Chunk => ({ messages: [], last: new Map(), records: 0 });

const ended = whenInputEnds();
tell('starting');
const producer = new Producer({ ...connection, ...(transactional ? { transactionalId: groupId } : {}), idempotent: true, retryDelay: 5, retries: 30 });
const consumer = new Consumer({ ...connection, groupId, maxWaitTime: 100, maxBytes: 8 << 20 });
const unread = new Map((await consumer.listOffsets({ topics: [input] })).get(input)?.map((end, partition) => [partition, end]));

async function commit({ messages, last }: Chunk): Promise<void> {
  if (transactional) {
    const transaction = await producer.beginTransaction();
    if (messages.length > 0) await transaction.send({ acks: ALL_REPLICAS, messages });
    await transaction.addConsumer(consumer);
    // One after the other: calls that overlap are taken for one.
    for (const message of last.values()) await transaction.addOffset(message);
    await transaction.commit();
  } else {
    if (messages.length > 0) await producer.send({ acks: ALL_REPLICAS, messages });
    await consumer.commit({ offsets: [...last.values()].map(({ topic, partition, offset }) => ({ topic, partition, offset: offset + 1n, leaderEpoch: -1 })) });
  }
}

const stream = await consumer.consume({ topics: [input], mode: 'earliest', autocommit: false, highWaterMark: COMMIT_RECORDS });
tell('running');

const seen = new Set<string>();
let chunk = emptyChunk();
let waiting = 0;
let committing = Promise.resolve();

function handOver(): void {
  const full = chunk;
  chunk = emptyChunk();
  if (++waiting > WAITING_CHUNKS) stream.pause();
  committing = committing.then(() => commit(full)).then(() => {
    waiting--;
    stream.resume();
  });
}

stream.on('data', (message) => {
  const { key, value, timestamp, partition, offset } = message;
  if (seen.size === 0) tell('first');
  const id = key.toString();
  if (!seen.has(id)) {
    seen.add(id);
    chunk.messages.push({ topic: output, partition, key, value, timestamp });
  }
  chunk.last.set(partition, message);
  chunk.records++;
  if (offset + 1n >= (unread.get(partition) ?? 0n)) unread.delete(partition);
  if (chunk.records >= COMMIT_RECORDS || unread.size === 0) handOver();
});
stream.on('error', (error) => { throw error; });

await ended;
await committing;
await stream.close();
await consumer.close();
await producer.close();
