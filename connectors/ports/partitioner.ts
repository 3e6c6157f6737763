/** Kafka's default partitioner: murmur2 of the key, as its Java client computes it, so that a key keeps its partition everywhere. */
import { MillraceError } from './errors.ts';

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** A signed 32-bit hash. */
export function murmur2(bytes: Buffer): number {
  const { length } = bytes;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(bytes.readInt32LE(at), M);
    k ^= k >>> R;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  const rest = length - whole;
  if (rest >= 3) hash ^= bytes.readUInt8(whole + 2) << 16;
  if (rest >= 2) hash ^= bytes.readUInt8(whole + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes.readUInt8(whole), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

export const partitionForKey = (key: Buffer, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions;

export function assertPartition(topic: string, partition: number, partitions: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return;
  throw new MillraceError('MILL_TOPIC_MISMATCH', `Topic ${topic} has partitions 0 to ${partitions - 1}, and not ${partition}.`);
}
