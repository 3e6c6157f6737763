/** What members tell each other through the group: Kafka's ConsumerProtocolSubscription and ConsumerProtocolAssignment, version 0. */
import type { PartitionsByTopic } from './client.ts';
import { Cursor } from './records/index.ts';

export interface Subscription {
  readonly topics: readonly string[];
  readonly userData: Buffer;
}

const EMPTY = Buffer.alloc(0);
const VERSION = Buffer.alloc(2);

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const length = Buffer.allocUnsafe(2);
  length.writeInt16BE(Buffer.byteLength(value));
  return Buffer.concat([length, Buffer.from(value)]);
}

const list = (items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items]);

const readText = (cursor: Cursor): string => cursor.text(cursor.int16());

function readList<T>(cursor: Cursor, read: (cursor: Cursor) => T): T[] {
  const items: T[] = [];
  for (let left = cursor.int32(); left > 0; left -= 1) items.push(read(cursor));
  return items;
}

/** Members that write otherwise may be in the group, and while it is rebalanced there is nothing. */
function readOr<T>(bytes: Buffer, nothing: T, read: (cursor: Cursor) => T): T {
  try {
    return bytes.length === 0 ? nothing : read(new Cursor(bytes, VERSION.length));
  } catch (error) {
    if (error instanceof RangeError) return nothing;
    throw error;
  }
}

export const encodeSubscription = ({ topics, userData }: Subscription): Buffer =>
  Buffer.concat([VERSION, list(topics.map(text)), int32(userData.length), userData]);

/** Of what cannot be read: nothing. */
export const decodeSubscription = (bytes: Buffer): Subscription => readOr<Subscription>(bytes, { topics: [], userData: EMPTY }, (cursor) =>
  ({ topics: readList(cursor, readText), userData: cursor.bytesOrNull(cursor.int32()) ?? EMPTY }));

export const encodeAssignment = (partitions: PartitionsByTopic): Buffer =>
  Buffer.concat([VERSION, list([...partitions].map(([topic, numbers]) => Buffer.concat([text(topic), list(numbers.map(int32))]))), int32(0)]);

/** Of what cannot be read: nothing. */
export const decodeAssignment = (bytes: Buffer): PartitionsByTopic => readOr<PartitionsByTopic>(bytes, new Map(), (cursor) =>
  new Map(readList(cursor, (inner) => [readText(inner), readList(inner, (numbers) => numbers.int32())])));
