/**
 * Removes old records of `delete` topics: a batch goes when all of it is older than the topic's retention and every
 * group that reads the topic has passed it. A bounded number goes with a commit, from the front of each partition.
 *
 * Topics with cleanup policy `compact` are kept whole: replaced values are not removed yet.
 */
import { topicPartitionKey } from '../../ports/index.ts';
import type { OrderedKeyValue, WriteOp } from '../../ports/index.ts';
import { batchKey, encodeOffset, lastOffsetOf, startKey } from './key-space.ts';
import type { PartitionLog } from './partition-log.ts';
import type { PositionTable } from './positions.ts';
import { latestTimestamp } from './record-batch.ts';
import type { TopicCatalog } from './topic-catalog.ts';

/** Batches of one partition that one commit removes. */
const MAX_BATCHES = 64;

export interface RetentionPlan {
  readonly ops: readonly WriteOp[];
  /** To be called when the ops are in the store. */
  readonly apply: () => void;
}

const NOTHING: RetentionPlan = { ops: [], apply: () => undefined };

export interface RetentionParts {
  readonly backend: OrderedKeyValue;
  readonly catalog: TopicCatalog;
  readonly positions: PositionTable;
  readonly checkMs: number;
  readonly nowMs: () => number;
}

export class Retention {
  readonly #parts: RetentionParts;
  #nextCheckMs = 0;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  async plan(): Promise<RetentionPlan> {
    const nowMs = this.#parts.nowMs();
    if (nowMs < this.#nextCheckMs) return NOTHING;
    const ops: WriteOp[] = [];
    const starts = new Map<PartitionLog, number>();
    let more = false;
    for (const { cleanupPolicy, retentionMs, logs } of this.#parts.catalog.all()) {
      if (retentionMs === undefined || cleanupPolicy === 'compact') continue;
      for (const log of logs) {
        const removed = await this.#expiredKeys(log, nowMs - retentionMs);
        const last = removed[removed.length - 1];
        if (last === undefined) continue;
        more ||= removed.length === MAX_BATCHES;
        const startOffset = lastOffsetOf(last) + 1;
        starts.set(log, startOffset);
        for (const key of removed) ops.push({ type: 'del', key });
        ops.push({ type: 'put', key: startKey(log.topicId, log.partition), value: encodeOffset(startOffset) });
      }
    }
    const apply = (): void => {
      for (const [log, startOffset] of starts) log.startOffset = startOffset;
      this.#nextCheckMs = more ? 0 : nowMs + this.#parts.checkMs;
    };
    return { ops, apply };
  }

  /** Keys of the batches at the front that may go. */
  async #expiredKeys(log: PartitionLog, olderThanMs: number): Promise<Buffer[]> {
    const keepFrom = Math.min(this.#parts.positions.lowest(topicPartitionKey(log)) ?? Infinity, log.endOffset);
    const keys: Buffer[] = [];
    const range = { gte: batchKey(log.topicId, log.partition, log.startOffset), lt: batchKey(log.topicId, log.partition, keepFrom), limit: MAX_BATCHES };
    for await (const [key, bytes] of this.#parts.backend.iterate(range)) {
      if (latestTimestamp(bytes) >= olderThanMs) break;
      keys.push(key);
    }
    return keys;
  }
}
