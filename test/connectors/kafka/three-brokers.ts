/** Writes that are counted: what was acknowledged, by us or by a bare kafkajs, against what the cluster then has. */
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { KafkaClient } from '../../../connectors/kafka/client/index.ts';
import { outgoing, readAll, uniqueName } from './client-contract.ts';

export const PARTITIONS = 6;
const VALUE_BYTES = 500;

/** Distinct values, so many for each partition. */
export interface Round {
  readonly byPartition: readonly (readonly string[])[];
}

/** Sends a round, all or (in a transaction) nothing. */
export type SendRound = (round: Round) => Promise<void>;

export interface Written {
  readonly acknowledged: ReadonlySet<string>;
  readonly rounds: number;
  readonly failedRounds: number;
}

const padded = (value: string): string => value.padEnd(VALUE_BYTES, '.');

export function roundOf(number: number, perPartition: number): Round {
  return { byPartition: Array.from({ length: PARTITIONS }, (_, partition) => Array.from({ length: perPartition }, (__, index) => `${number}/${partition}/${index}`)) };
}

/** Round after round until told to stop. */
export async function writeUntil(stop: () => boolean, send: SendRound, perPartition = 10): Promise<Written> {
  const acknowledged = new Set<string>();
  let rounds = 0;
  let failedRounds = 0;
  while (!stop()) {
    const round = roundOf(rounds, perPartition);
    rounds += 1;
    try {
      await send(round);
      for (const value of round.byPartition.flat()) acknowledged.add(value);
    } catch {
      failedRounds += 1;
    }
  }
  return { acknowledged, rounds, failedRounds };
}

export interface Found {
  /** Acknowledged, and not there. */
  readonly lost: number;
  /** There more than once. */
  readonly repeated: number;
}

export async function compare(client: KafkaClient, topic: string, { acknowledged }: Written): Promise<Found> {
  const counts = new Map<string, number>();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const end = (await client.offsets(topic, 'latest', 'read_uncommitted'))[partition] ?? 0;
    // The markers of the last transaction may still be on their way.
    for (let read = await readAll(client, topic, partition); ; read = await readAll(client, topic, partition)) {
      if (read.nextOffset < end) {
        await setTimeout(100);
        continue;
      }
      for (const { value } of read.records) {
        const text = value!.toString().replace(/\.+$/, '');
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      break;
    }
  }
  return { lost: [...acknowledged].filter((value) => !counts.has(value)).length, repeated: [...counts.values()].reduce((sum, count) => sum + count - 1, 0) };
}

export async function createReplicatedTopic(client: KafkaClient): Promise<string> {
  const topic = uniqueName('replicated');
  await client.createTopics([{ topic, partitions: PARTITIONS, replicationFactor: 3, configs: { 'min.insync.replicas': '2', 'retention.ms': '-1' } }]);
  return topic;
}

const bare = (brokers: readonly string[], initialRetryTime: number): Kafka =>
  new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime, maxRetryTime: 1000, retries: 60 } });

const messagesOf = ({ byPartition }: Round): { partition: number; value: string }[] =>
  byPartition.flatMap((values, partition) => values.map((value) => ({ partition, value: padded(value) })));

async function connected(producer: Producer): Promise<Producer> {
  await producer.connect();
  return producer;
}

/** kafkajs as its documents say: one idempotent send over all partitions. */
export async function bareSender(brokers: readonly string[], topic: string): Promise<{ readonly send: SendRound; close(): Promise<void> }> {
  const producer = await connected(bare(brokers, 100).producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner }));
  return { send: async (round) => { await producer.send({ topic, messages: messagesOf(round) }); }, close: () => producer.disconnect() };
}

/** kafkajs as its documents say: one transaction with one send over all partitions. */
export async function bareTransactions(brokers: readonly string[], topic: string): Promise<{ readonly send: SendRound; close(): Promise<void> }> {
  const options = { transactionalId: topic, idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner };
  const producer = await connected(bare(brokers, 5).producer(options));
  return {
    async send(round) {
      const transaction = await producer.transaction();
      try {
        await transaction.send({ topic, messages: messagesOf(round) });
        await transaction.commit();
      } catch (error) {
        await transaction.abort().catch(() => undefined);
        throw error;
      }
    },
    close: () => producer.disconnect(),
  };
}

const batchesOf = (topic: string, { byPartition }: Round): { topic: string; partition: number; records: ReturnType<typeof outgoing>[] }[] =>
  byPartition.map((values, partition) => ({ topic, partition, records: values.map((value) => outgoing(topic, partition, padded(value))) }));

/** By our driver. */
export async function ownSender(client: KafkaClient, topic: string): Promise<{ readonly send: SendRound; close(): Promise<void> }> {
  const producer = await client.producer();
  return { send: async (round) => { await producer.send(batchesOf(topic, round)); }, close: () => producer.close() };
}

/** By our driver; a producer that failed is replaced, as the contract says. */
export async function ownTransactions(client: KafkaClient, topic: string): Promise<{ readonly send: SendRound; close(): Promise<void> }> {
  const open = () => client.transactionalProducer(topic, { timeoutMs: 20_000 });
  let producer = await open();
  let number = 0;
  return {
    async send(round) {
      number += 1;
      try {
        await producer.transact(batchesOf(topic, round), { groupId: topic, positions: new Map([[`${topic}/0`, number]]) });
      } catch (error) {
        await producer.close();
        producer = await open();
        throw error;
      }
    },
    close: () => producer.close(),
  };
}
