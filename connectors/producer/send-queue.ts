/**
 * Gathers what is asked for at the same time into few requests. One request is under way at a time, so the order of each
 * key is the order of the calls; what comes in meanwhile goes with the next one. Beyond a bound, callers wait.
 */
import { MillraceError, type OutgoingRecord } from '../ports/index.ts';

interface Delivery {
  readonly records: readonly OutgoingRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface SendQueueOptions {
  readonly maxBatchRecords: number;
  readonly maxPendingRecords: number;
  readonly send: (records: readonly OutgoingRecord[]) => Promise<void>;
}

export class SendQueue {
  readonly #options: SendQueueOptions;
  readonly #waiting: Delivery[] = [];
  /** Calls that found no room, in their order. */
  readonly #blocked: (() => void)[] = [];
  #pending = 0;
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  /** Resolves when the records are stored. */
  async add(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The media producer is closed.');
    if (records.length === 0) return;
    // Who comes later does not overtake who waits.
    if (this.#pending >= this.#options.maxPendingRecords || this.#blocked.length > 0) await new Promise<void>((resolve) => { this.#blocked.push(resolve); });
    this.#pending += records.length;
    this.#letIn();
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Takes nothing more, and resolves when what was taken has been sent or has failed. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#pending > 0 || this.#blocked.length > 0) await (this.#draining ?? Promise.resolve());
  }

  async #drain(): Promise<void> {
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      await this.#deliver(batch);
      for (const { records } of batch) this.#pending -= records.length;
      this.#letIn();
      // Those who were let in come in now.
      await Promise.resolve();
    }
    this.#draining = undefined;
  }

  #take(): Delivery[] {
    const batch: Delivery[] = [];
    for (let count = 0; ;) {
      const [next] = this.#waiting;
      if (next === undefined || (count > 0 && count + next.records.length > this.#options.maxBatchRecords)) return batch;
      batch.push(next);
      count += next.records.length;
      this.#waiting.shift();
    }
  }

  async #deliver(batch: readonly Delivery[]): Promise<void> {
    try {
      await this.#options.send(batch.flatMap(({ records }) => records));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #letIn(): void {
    if (this.#pending < this.#options.maxPendingRecords) this.#blocked.shift()?.();
  }
}
