/**
 * Every write of records, positions and task state goes through this queue, one group at a time. What waits while a
 * group is being written becomes the next group: one WriteBatch for all of them, so each commit stays atomic and many
 * tasks share one write. Offsets are given out here, where nothing runs beside it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MillraceError, toMillraceError } from '../../ports/index.ts';
import type { OrderedKeyValue, OutgoingRecord, Positions, WriteOp } from '../../ports/index.ts';
import { batchKey } from './key-space.ts';
import type { PartitionLog } from './partition-log.ts';
import { PositionTable } from './positions.ts';
import { encodeBatches } from './record-batch.ts';
import { applyDeletion, deletionOps } from './record-deletion.ts';
import type { Deletion } from './record-deletion.ts';
import type { RecordBatch } from './record-batch.ts';
import type { Retention, RetentionPlan } from './retention.ts';
import type { RoutedRecords } from './router.ts';
import type { TailCache } from './tail-cache.ts';

/** A group is closed at this size, so that one WriteBatch stays well below a memtable. */
const MAX_GROUP_BYTES = 8 << 20;

export interface CommitRequest {
  readonly outputs: RoutedRecords;
  readonly positions?: { readonly groupId: string; readonly offsets: Positions };
  readonly state?: readonly WriteOp[];
  readonly deletions?: readonly Deletion[];
  /** Asked when the group is made: a task that was fenced meanwhile commits nothing. */
  readonly isFenced?: () => boolean;
}

interface Waiting extends CommitRequest {
  readonly resolve: () => void;
  readonly reject: (error: MillraceError) => void;
}

interface Written {
  readonly log: PartitionLog;
  readonly batches: readonly RecordBatch[];
}

interface Prepared {
  readonly ops: readonly WriteOp[];
  readonly written: readonly Written[];
  readonly expired: RetentionPlan;
}

const sizeOf = ({ outputs, state = [] }: CommitRequest): number =>
  state.reduce((sum, op) => sum + op.key.length + (op.type === 'put' ? op.value.length : 0), outputs.bytes);

/**
 * A write that did not fit left a torn record, which counts as nothing: the same commit may be tried again. Where it is
 * the sync that failed, or for another reason, the record may be whole: what memory holds of ends and positions can no
 * longer be relied on, and nothing more is written until the log is opened anew.
 */
function commitFailure(error: unknown, sync: boolean): MillraceError {
  if (error instanceof MillraceError && ((error.code === 'MILL_DISK_FULL' && !sync) || error.code === 'MILL_CLOSED')) return error;
  return new MillraceError('MILL_COMMIT_INDEFINITE', 'The commit failed, and may be stored or not; the log must be opened anew.', { cause: error });
}

export interface CommitQueueParts {
  readonly backend: OrderedKeyValue;
  readonly positions: PositionTable;
  readonly tailCache: TailCache;
  readonly retention: Retention;
  readonly sync: boolean;
}

export class CommitQueue {
  readonly #parts: CommitQueueParts;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  /** Why nothing is written any more: a commit whose outcome is unknown. */
  #broken: MillraceError | undefined;

  constructor(parts: CommitQueueParts) {
    this.#parts = parts;
  }

  /** Resolves when the request is stored and its records can be read. */
  submit(request: CommitRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...request, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing is being written and nothing waits. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    // Let the other commits of this turn join the first group.
    await nextTurn();
    while (this.#waiting.length > 0) await this.#writeGroup(this.#takeGroup());
    this.#draining = undefined;
  }

  #takeGroup(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const request of this.#waiting) {
      bytes += sizeOf(request);
      if (count > 0 && bytes > MAX_GROUP_BYTES) break;
      count++;
    }
    const taken = this.#waiting.splice(0, count);
    return taken.filter((request) => {
      if (request.isFenced?.() !== true) return true;
      request.reject(new MillraceError('MILL_FENCED', 'The task was opened anew before this commit was written.'));
      return false;
    });
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const { backend, positions, tailCache, sync } = this.#parts;
    const refuse = (failure: MillraceError): void => { for (const { reject } of group) reject(failure); };
    if (this.#broken !== undefined) {
      refuse(this.#broken);
      return;
    }
    let prepared: Prepared;
    try {
      prepared = await this.#prepare(group);
    } catch (error) {
      // Nothing of it was written.
      refuse(toMillraceError(error, 'MILL_SERIALIZATION'));
      return;
    }
    const { ops, written, expired } = prepared;
    try {
      await backend.write(ops, { sync });
      expired.apply();
      for (const { deletions = [] } of group) deletions.forEach(applyDeletion);
      for (const { positions: moved } of group) if (moved !== undefined) positions.apply(moved.groupId, moved.offsets);
      for (const { log, batches } of written) {
        for (const batch of batches) tailCache.add(log.tail, batch);
        log.publish(batches[batches.length - 1]?.endOffset ?? log.endOffset);
      }
      for (const { resolve } of group) resolve();
    } catch (error) {
      const failure = commitFailure(error, sync);
      if (failure.code === 'MILL_COMMIT_INDEFINITE') this.#broken = new MillraceError('MILL_LOG_UNUSABLE', 'A commit failed half-way, so the log writes nothing more.', { cause: error });
      refuse(failure);
    }
  }

  async #prepare(group: readonly Waiting[]): Promise<Prepared> {
    const written = recordsOf(group).map(([log, records]): Written => ({ log, batches: encodeBatches(records, log.endOffset) }));
    const expired = await this.#parts.retention.plan();
    const ops: WriteOp[] = [...expired.ops];
    for (const { log, batches } of written) {
      for (const { endOffset, bytes } of batches) ops.push({ type: 'put', key: batchKey(log.topicId, log.partition, endOffset - 1), value: bytes });
    }
    for (const { positions: moved, state = [], deletions = [] } of group) {
      if (moved !== undefined) ops.push(...PositionTable.ops(moved.groupId, moved.offsets));
      for (const op of state) ops.push(op);
      for (const deletion of deletions) ops.push(...await deletionOps(this.#parts.backend, deletion));
    }
    return { ops, written, expired };
  }
}

/** The group's records of each partition, in the order of the requests. */
function recordsOf(group: readonly CommitRequest[]): [PartitionLog, readonly OutgoingRecord[]][] {
  const merged = new Map<PartitionLog, readonly OutgoingRecord[]>();
  for (const { outputs } of group) {
    for (const [log, records] of outputs.byPartition) {
      const earlier = merged.get(log);
      merged.set(log, earlier === undefined ? records : earlier.concat(records));
    }
  }
  return [...merged];
}
