/** One Produce request to one node: version 7, of Kafka 2.1 and newer. Answers are by partition. */
import type Broker from 'kafkajs/src/broker/index.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import { topicPartitionKey, type TopicPartition } from '../../../ports/index.ts';
import { byTopic } from '../by-topic.ts';
import { readInt64 } from '../records/index.ts';
import { send } from './nodes.ts';

export interface ProducedPartition {
  readonly errorCode: number;
  readonly baseOffset: number;
}

export interface RecordSet extends TopicPartition {
  readonly set: Buffer;
}

const API_VERSION = 7;
/** All in-sync replicas. */
const ACKS_ALL = -1;

function encodeString(text: string | null): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(text === null ? -1 : Buffer.byteLength(text));
  return text === null ? length : Buffer.concat([length, Buffer.from(text)]);
}

function int32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => bytes.writeInt32BE(value, index * 4));
  return bytes;
}

function encode(sets: readonly RecordSet[], transactionalId: string | null, timeoutMs: number): Buffer {
  const topics = byTopic(sets, (set) => set);
  const acks = Buffer.alloc(2);
  acks.writeInt16BE(ACKS_ALL);
  const parts = [encodeString(transactionalId), acks, int32s(timeoutMs, topics.length)];
  for (const { topic, partitions } of topics) {
    parts.push(encodeString(topic), int32s(partitions.length));
    for (const { partition, set } of partitions) parts.push(int32s(partition, set.length), set);
  }
  return Buffer.concat(parts);
}

async function decode(payload: Buffer): Promise<ReadonlyMap<string, ProducedPartition>> {
  const answers = new Map<string, ProducedPartition>();
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics -= 1) {
    const length = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const partitions = payload.readInt32BE(at);
    at += 4;
    for (let left = partitions; left > 0; left -= 1) {
      // partition (4), error code (2), base offset (8), append time (8), start of the log (8)
      answers.set(topicPartitionKey({ topic, partition: payload.readInt32BE(at) }), { errorCode: payload.readInt16BE(at + 4), baseOffset: readInt64(payload, at + 6) });
      at += 30;
    }
  }
  return answers;
}

export function produce(broker: Broker, sets: readonly RecordSet[], { transactionalId, timeoutMs }: { readonly transactionalId: string | null; readonly timeoutMs: number }): Promise<ReadonlyMap<string, ProducedPartition>> {
  return send(broker, {
    request: {
      apiKey: apiKeys['Produce'], apiVersion: API_VERSION, apiName: 'Produce',
      encode: async () => new Encoder().writeBuffer(encode(sets, transactionalId, timeoutMs)),
    },
    response: { decode, parse: async (decoded) => decoded },
  });
}
