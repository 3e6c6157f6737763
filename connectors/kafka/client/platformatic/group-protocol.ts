/** What members tell each other through the group: Kafka's ConsumerProtocolSubscription and ConsumerProtocolAssignment, version 0. */
import type { PartitionsByTopic } from '../client.ts';
import { Cursor } from '../records/index.ts';
import type { Library } from './library.ts';

export interface Subscription {
  readonly topics: readonly string[];
  readonly userData: Buffer;
}

const EMPTY = Buffer.alloc(0);

const readText = (cursor: Cursor): string => cursor.text(cursor.int16());

function readBytes(cursor: Cursor): Buffer {
  const length = cursor.int32();
  return length < 0 ? EMPTY : cursor.slice(length);
}

function readList<T>(cursor: Cursor, read: (cursor: Cursor) => T): T[] {
  const list: T[] = [];
  for (let left = cursor.int32(); left > 0; left--) list.push(read(cursor));
  return list;
}

export function encodeSubscription({ Writer }: Library, { topics, userData }: Subscription): Buffer {
  return Writer.create()
    .appendInt16(0)
    .appendArray([...topics], (writer, topic) => { writer.appendString(topic, false); }, false, false)
    .appendBytes(userData, false)
    .buffer;
}

/** Of a member whose bytes are none (the group is not stable): nothing. */
export function decodeSubscription(bytes: Buffer): Subscription {
  if (bytes.length === 0) return { topics: [], userData: EMPTY };
  const cursor = new Cursor(bytes, 2);
  return { topics: readList(cursor, readText), userData: readBytes(cursor) };
}

export function encodeAssignment({ Writer }: Library, partitions: PartitionsByTopic): Buffer {
  return Writer.create()
    .appendInt16(0)
    .appendArray([...partitions], (writer, [topic, numbers]) => {
      writer.appendString(topic, false).appendArray([...numbers], (inner, number) => { inner.appendInt32(number); }, false, false);
    }, false, false)
    .appendInt32(0)
    .buffer;
}

export function decodeAssignment(bytes: Buffer): PartitionsByTopic {
  if (bytes.length === 0) return new Map();
  return new Map(readList(new Cursor(bytes, 2), (cursor) => [readText(cursor), readList(cursor, (inner) => inner.int32())]));
}
