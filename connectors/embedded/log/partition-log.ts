/** One partition: where it starts and ends, how it is read, and who waits for its next record. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogRecord, OrderedKeyValue, TopicPartition } from '../../ports/index.ts';
import { batchKey, partitionEndKey } from './key-space.ts';
import { decodeBatch, describeBatch } from './record-batch.ts';
import { BatchRun } from './tail-cache.ts';

const READ_AHEAD_BYTES = 512 << 10;

export interface ReadLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export class PartitionLog implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: number;
  readonly tail = new BatchRun();
  readonly #backend: OrderedKeyValue;
  readonly #waiting = new Set<() => void>();
  /** What the last read of the store brought: whoever is behind the tail reads on where it stopped. */
  #readAhead = new BatchRun();
  /** The first offset that is there, or will be. */
  startOffset: number;
  #endOffset: number;

  constructor(backend: OrderedKeyValue, { topic, partition }: TopicPartition, topicId: number, startOffset: number, endOffset: number) {
    this.#backend = backend;
    this.topic = topic;
    this.partition = partition;
    this.topicId = topicId;
    this.startOffset = startOffset;
    this.#endOffset = endOffset;
  }

  /** One past the last committed record. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Records below `endOffset` are committed: whoever waits may read them. */
  publish(endOffset: number): void {
    this.#endOffset = endOffset;
    this.wake();
  }

  /** Lets everyone who waits look again. */
  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  /** Resolves at the next `wake` or when `signal` is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const resume = (): void => {
        this.#waiting.delete(resume);
        signal.removeEventListener('abort', resume);
        resolve();
      };
      this.#waiting.add(resume);
      signal.addEventListener('abort', resume);
    });
  }

  /** Committed records from `offset`, or from the first that retention left; at least one where there is one. */
  async read(offset: number, { maxRecords, maxBytes }: ReadLimits): Promise<LogRecord[]> {
    const end = this.#endOffset;
    const from = Math.max(offset, this.startOffset);
    const records: LogRecord[] = [];
    if (from >= end || maxRecords <= 0) return records;
    let bytes = 0;
    const accept = (record: LogRecord, size: number): boolean => {
      if (record.offset >= end || records.length >= maxRecords || (records.length > 0 && bytes + size > maxBytes)) return false;
      records.push(record);
      bytes += size;
      return true;
    };
    const held = [this.tail, this.#readAhead].find((candidate) => candidate.has(from));
    // Nothing may wait between `has` and `from`: a commit could evict the batch from the tail, and its records be skipped.
    const run = held ?? (this.#readAhead = await this.#load(from));
    for (const batch of run.from(from)) if (!decodeBatch(this, batch, from, accept)) break;
    // A task that always finds records in memory must not keep the process from its other work.
    if (held !== undefined) await nextTurn();
    return records;
  }

  /** Batches from the one that holds `offset` on. */
  async #load(offset: number): Promise<BatchRun> {
    const run = new BatchRun();
    let bytes = 0;
    for await (const [, batch] of this.#backend.iterate({ gte: batchKey(this.topicId, this.partition, offset), lt: partitionEndKey(this.topicId, this.partition) })) {
      run.push(describeBatch(batch));
      bytes += batch.length;
      if (bytes >= READ_AHEAD_BYTES) break;
    }
    return run;
  }
}
