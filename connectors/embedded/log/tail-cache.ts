/** Batches in memory: the newest of all partitions, bounded in bytes; the oldest of any partition goes first. */
import { Fifo } from './fifo.ts';
import type { RecordBatch } from './record-batch.ts';

/** What a batch takes beside its bytes. */
const BATCH_OVERHEAD_BYTES = 256;

/** Batches of one partition without a gap, oldest first. */
export class BatchRun {
  readonly #batches = new Fifo<RecordBatch>();

  push(batch: RecordBatch): void {
    this.#batches.push(batch);
  }

  shift(): RecordBatch | undefined {
    return this.#batches.shift();
  }

  has(offset: number): boolean {
    const first = this.#batches.at(0);
    const last = this.#batches.at(this.#batches.length - 1);
    return first !== undefined && last !== undefined && offset >= first.firstOffset && offset < last.endOffset;
  }

  /** The bytes of the batches from the one that holds `offset` on. */
  *from(offset: number): Iterable<Buffer> {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#batches.at(middle)?.endOffset ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    for (let batch = this.#batches.at(low); batch !== undefined; batch = this.#batches.at(++low)) yield batch.bytes;
  }
}

export class TailCache {
  readonly #maxBytes: number;
  /** One entry for each batch that is held, in order of arrival: whose oldest batch is the oldest of all. */
  readonly #order = new Fifo<BatchRun>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(tail: BatchRun, batch: RecordBatch): void {
    tail.push(batch);
    this.#order.push(tail);
    this.#bytes += batch.bytes.length + BATCH_OVERHEAD_BYTES;
    while (this.#bytes > this.#maxBytes) {
      const evicted = this.#order.shift()?.shift();
      if (evicted === undefined) return;
      this.#bytes -= evicted.bytes.length + BATCH_OVERHEAD_BYTES;
    }
  }
}
