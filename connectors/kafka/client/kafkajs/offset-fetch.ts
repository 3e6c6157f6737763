/**
 * One OffsetFetch request of version 7, of Kafka 2.5 and newer. kafkajs ends at 4, which gives the position before a
 * transaction whose markers are still being written: a task would begin there and process again what is committed.
 */
import type Broker from 'kafkajs/src/broker/index.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import { send } from './nodes.ts';

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface FetchedOffset {
  readonly topic: string;
  readonly partition: number;
  /** Below 0: nothing is committed. */
  readonly offset: number;
  readonly errorCode: number;
}

export interface FetchedOffsets {
  readonly errorCode: number;
  readonly offsets: readonly FetchedOffset[];
}

const API_VERSION = 7;
const NO_TAGS = Buffer.of(0);
const REQUIRE_STABLE = Buffer.of(1);

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** Compact: lengths are one more than they are. */
const text = (value: string): Buffer => Buffer.concat([unsignedVarint(Buffer.byteLength(value) + 1), Buffer.from(value)]);
const array = (items: readonly Buffer[]): Buffer => Buffer.concat([unsignedVarint(items.length + 1), ...items]);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Begins with the tags of the request's header, which kafkajs does not write. */
const encode = (groupId: string, topics: readonly TopicPartitions[]): Buffer => Buffer.concat([
  NO_TAGS, text(groupId),
  array(topics.map(({ topic, partitions }) => Buffer.concat([text(topic), array(partitions.map(int32)), NO_TAGS]))),
  REQUIRE_STABLE, NO_TAGS,
]);

async function decode(payload: Buffer): Promise<FetchedOffsets> {
  let at = 0;
  const take = (length: number): Buffer => { at += length; return payload.subarray(at - length, at); };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = take(1).readUInt8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const skipTags = (): void => {
    for (let left = varint(); left > 0; left -= 1) {
      varint();
      take(varint());
    }
  };

  skipTags(); // of the response's header
  take(4); // throttle time
  const offsets: FetchedOffset[] = [];
  for (let topics = varint() - 1; topics > 0; topics -= 1) {
    const topic = take(varint() - 1).toString();
    for (let partitions = varint() - 1; partitions > 0; partitions -= 1) {
      const partition = take(4).readInt32BE();
      const offset = Number(take(8).readBigInt64BE());
      take(4); // leader epoch
      take(Math.max(0, varint() - 1)); // metadata
      offsets.push({ topic, partition, offset, errorCode: take(2).readInt16BE() });
      skipTags();
    }
    skipTags();
  }
  return { offsets, errorCode: take(2).readInt16BE() };
}

/** Of an offset that a transaction commits just now the error is UNSTABLE_OFFSET_COMMIT. */
export function fetchOffsets(broker: Broker, groupId: string, topics: readonly TopicPartitions[]): Promise<FetchedOffsets> {
  return send(broker, {
    request: { apiKey: apiKeys['OffsetFetch'], apiVersion: API_VERSION, apiName: 'OffsetFetch', encode: async () => new Encoder().writeBuffer(encode(groupId, topics)) },
    response: { decode, parse: async (decoded) => decoded },
  });
}
