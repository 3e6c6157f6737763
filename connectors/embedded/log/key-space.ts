/**
 * Where everything lies in the one RocksDB of the embedded profile. The first byte is the kind:
 *
 *     1 topic name                                    -> topic, as JSON
 *     2 topic id (4) | partition (4) | last offset (6) -> record batch
 *     3 topic id (4) | partition (4)                   -> first offset that retention left (6)
 *     4 group \0 topic/partition                       -> next offset to read (6)
 *     5 group \0 sub-topology \0 partition             -> id of the task's state (4)
 *     6 state id (4) | key                             -> a task's state
 */
import { encodeTime, readTime, writeTime } from '../../../state/index.ts';

/** Offsets have the form of times: 48 bits that sort. */
export const encodeOffset = encodeTime;
export const readOffset = readTime;

const KIND = { topic: 1, batch: 2, start: 3, position: 4, stateId: 5, state: 6 } as const;

const text = (kind: number, value: string): Buffer => Buffer.concat([Buffer.of(kind), Buffer.from(value)]);

/** Every key of a kind. */
const all = (kind: number): { readonly gte: Buffer; readonly lt: Buffer } => ({ gte: Buffer.of(kind), lt: Buffer.of(kind + 1) });

function partitionKey(kind: number, topicId: number, partition: number, extraBytes: number): Buffer {
  const key = Buffer.allocUnsafe(9 + extraBytes);
  key[0] = kind;
  key.writeUInt32BE(topicId, 1);
  key.writeUInt32BE(partition, 5);
  return key;
}

export const topicKey = (name: string): Buffer => text(KIND.topic, name);
export const allTopics = all(KIND.topic);

/** Of the batch that ends with `lastOffset`; the first key from here on belongs to the batch that holds that offset. */
export const batchKey = (topicId: number, partition: number, lastOffset: number): Buffer => writeTime(partitionKey(KIND.batch, topicId, partition, 6), lastOffset, 9);
export const lastOffsetOf = (key: Buffer): number => readTime(key, 9);
export const partitionEndKey = (topicId: number, partition: number): Buffer => batchKey(topicId, partition, 2 ** 48 - 1);
export const startKey = (topicId: number, partition: number): Buffer => partitionKey(KIND.start, topicId, partition, 0);

export const positionKey = (groupId: string, topicPartition: string): Buffer => text(KIND.position, `${groupId}\0${topicPartition}`);
export const allPositions = all(KIND.position);
export function readPositionKey(key: Buffer): { readonly groupId: string; readonly topicPartition: string } {
  const [groupId = '', topicPartition = ''] = key.toString('utf8', 1).split('\0');
  return { groupId, topicPartition };
}

export const stateIdKey = (groupId: string, subtopology: string, partition: number): Buffer => text(KIND.stateId, `${groupId}\0${subtopology}\0${partition}`);
export const allStateIds = all(KIND.stateId);
export function statePrefix(stateId: number): Buffer {
  const prefix = Buffer.allocUnsafe(5);
  prefix[0] = KIND.state;
  prefix.writeUInt32BE(stateId, 1);
  return prefix;
}
