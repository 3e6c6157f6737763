/** What a task has fetched and not taken yet: at most one fetch a partition, taken in the order of timestamps, as Kafka Streams does. */
import type { LogRecord } from '../../connectors/ports/index.ts';

export class SourceBuffer {
  #records: readonly LogRecord[] = [];
  #at = 0;

  get empty(): boolean {
    return this.#at >= this.#records.length;
  }

  get head(): LogRecord | undefined {
    return this.#records[this.#at];
  }

  take(): LogRecord | undefined {
    const { head } = this;
    this.#at++;
    return head;
  }

  fill(records: readonly LogRecord[]): void {
    this.#records = records;
    this.#at = 0;
  }

  /** Appends up to `limit` records to `into`. */
  takeMany(limit: number, into: LogRecord[]): void {
    const end = Math.min(this.#records.length, this.#at + limit);
    for (let index = this.#at; index < end; index++) into.push(this.#records[index] as LogRecord);
    this.#at = end;
    if (this.empty) this.fill([]);
  }
}

/** Up to `limit` records, the oldest head first; within a partition always in order. */
export function takeByTime(buffers: readonly SourceBuffer[], limit: number): LogRecord[] {
  const taken: LogRecord[] = [];
  const filled = buffers.filter((buffer) => !buffer.empty);
  while (taken.length < limit && filled.length > 1) {
    let oldest = 0;
    for (let index = 1; index < filled.length; index++) {
      if ((filled[index]?.head?.timestampMs ?? Infinity) < (filled[oldest]?.head?.timestampMs ?? Infinity)) oldest = index;
    }
    filled[oldest]?.takeMany(1, taken);
    if (filled[oldest]?.empty === true) filled.splice(oldest, 1);
  }
  filled[0]?.takeMany(limit - taken.length, taken);
  return taken;
}
