/**
 * The answer to a Fetch of version 10 (Kafka 2.1 and newer), which both drivers ask for and none above it: from 11 on a
 * broker that is no leader (any more) answers too, out of a log that may lag, and calls an offset out of range that it has
 * not heard of yet.
 */
import type { AbortedTransaction } from './aborted.ts';
import { Cursor } from './cursor.ts';

export interface FetchAnswerPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Batches one after the other, the last maybe cut short. */
  readonly batches: Buffer;
}

export interface FetchAnswer {
  /** The broker wants clients that are over their quota to wait. */
  readonly throttleMs: number;
  readonly errorCode: number;
  readonly partitions: readonly FetchAnswerPartition[];
}

function readPartition(cursor: Cursor, topic: string): FetchAnswerPartition {
  const partition = cursor.int32();
  const errorCode = cursor.int16();
  const highWatermark = cursor.int64();
  const lastStableOffset = cursor.int64();
  cursor.int64(); // Start of the log.
  const aborted: AbortedTransaction[] = [];
  for (let left = cursor.int32(); left > 0; left -= 1) aborted.push({ producerId: cursor.int64(), firstOffset: cursor.int64() });
  return { topic, partition, errorCode, highWatermark, lastStableOffset, aborted, batches: cursor.slice(Math.max(0, cursor.int32())) };
}

export function readFetchAnswer(bytes: Buffer): FetchAnswer {
  const cursor = new Cursor(bytes);
  const throttleMs = cursor.int32();
  const errorCode = cursor.int16();
  cursor.int32(); // Of a fetch session, which is not used.
  const partitions: FetchAnswerPartition[] = [];
  for (let topics = cursor.int32(); topics > 0; topics -= 1) {
    const topic = cursor.text(cursor.int16());
    for (let left = cursor.int32(); left > 0; left -= 1) partitions.push(readPartition(cursor, topic));
  }
  return { throttleMs, errorCode, partitions };
}
