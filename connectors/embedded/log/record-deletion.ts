/** Deletes the records below an offset, as Kafka's DeleteRecords: the partition starts there from then on, and whole batches go. */
import type { OrderedKeyValue, WriteOp } from '../../ports/index.ts';
import { batchKey, encodeOffset, startKey } from './key-space.ts';
import type { PartitionLog } from './partition-log.ts';

export interface Deletion {
  readonly log: PartitionLog;
  /** The first offset that stays; past the end means the end. */
  readonly before: number;
}

/** Nothing for a partition that starts there already. */
export async function deletionOps(backend: OrderedKeyValue, { log, before }: Deletion): Promise<WriteOp[]> {
  const start = Math.min(before, log.endOffset);
  if (start <= log.startOffset) return [];
  const ops: WriteOp[] = [{ type: 'put', key: startKey(log.topicId, log.partition), value: encodeOffset(start) }];
  const range = { gte: batchKey(log.topicId, log.partition, log.startOffset), lt: batchKey(log.topicId, log.partition, start) };
  for await (const [key] of backend.iterate(range)) ops.push({ type: 'del', key });
  return ops;
}

export function applyDeletion({ log, before }: Deletion): void {
  log.startOffset = Math.max(log.startOffset, Math.min(before, log.endOffset));
}
