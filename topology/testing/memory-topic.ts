/** The partitions of a topic in memory, and who waits for more of them. */
import { partitionForKey } from '../../connectors/ports/index.ts';
import type { LogRecord, OutgoingRecord, PollOptions } from '../../connectors/ports/index.ts';

const sizeOf = ({ key, value }: LogRecord): number => (key?.length ?? 0) + (value?.length ?? 0);

export class MemoryTopic {
  readonly #topic: string;
  readonly #partitions: readonly LogRecord[][];
  /** Where each partition starts: what was deleted is passed over. */
  readonly #starts: number[];
  readonly #waiting = new Set<() => void>();
  #next = 0;

  constructor(topic: string, partitions: number) {
    this.#topic = topic;
    this.#partitions = Array.from({ length: partitions }, () => []);
    this.#starts = this.#partitions.map(() => 0);
  }

  get partitions(): number {
    return this.#partitions.length;
  }

  get ends(): number[] {
    return this.#partitions.map((records) => records.length);
  }

  get starts(): number[] {
    return [...this.#starts];
  }

  deleteBefore(partition: number, offset: number): void {
    this.#starts[partition] = Math.max(this.#starts[partition] ?? 0, Math.min(offset, this.#of(partition).length));
  }

  append({ partition: given, key, ...record }: OutgoingRecord): void {
    const partition = given ?? (key === null ? this.#next++ % this.partitions : partitionForKey(key, this.partitions));
    const records = this.#of(partition);
    records.push({ ...record, key, topic: this.#topic, partition, offset: records.length });
    for (const wake of this.#waiting) wake();
  }

  read(partition: number, offset: number, maxRecords: number): LogRecord[] {
    const from = Math.max(offset, this.#starts[partition] ?? 0);
    return this.#of(partition).slice(from, from + maxRecords);
  }

  /** Waits for a record, unless the signal is aborted. */
  async poll(partition: number, offset: number, { maxRecords, maxBytes, signal }: PollOptions): Promise<LogRecord[]> {
    while (!signal.aborted && this.#of(partition).length <= offset) await this.#more(signal);
    if (signal.aborted) return [];
    const records = this.read(partition, offset, maxRecords);
    let bytes = 0;
    const end = records.findIndex((record, index) => (bytes += sizeOf(record)) > maxBytes && index > 0);
    return end === -1 ? records : records.slice(0, end);
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #of(partition: number): LogRecord[] {
    const records = this.#partitions[partition];
    if (records === undefined) throw new RangeError(`${this.#topic} has no partition ${partition}.`);
    return records;
  }
}
