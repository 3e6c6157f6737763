/**
 * Credit of one task. Everything that it holds is counted here, in records and bytes: fetched and not yet taken, in
 * flight in `enrich`, outputs that wait for their commit, and state that does. A partition is polled only while the
 * sum is not over the high mark (and then only when it is under the low one), so the sum stays below the high mark
 * plus one fetch a partition, or the outputs of one slice where records fan out.
 */
import type { TaskState } from '../../state/index.ts';
import type { BufferMetrics, TaskCounters } from './metrics.ts';
import type { CompiledStreamsOptions } from './options.ts';

export type Shelf = 'fetched' | 'inFlight' | 'outputs';

export class BufferMeter {
  readonly #marks: CompiledStreamsOptions['buffer'];
  readonly #counters: TaskCounters;
  readonly #state: TaskState;
  readonly #records: Record<Shelf, number> = { fetched: 0, inFlight: 0, outputs: 0 };
  readonly #bytes: Record<Shelf, number> = { fetched: 0, inFlight: 0, outputs: 0 };
  #paused = false;

  constructor(marks: CompiledStreamsOptions['buffer'], counters: TaskCounters, state: TaskState) {
    this.#marks = marks;
    this.#counters = counters;
    this.#state = state;
  }

  /** Negative numbers take away. */
  add(shelf: Shelf, records: number, bytes: number): void {
    this.#records[shelf] += records;
    this.#bytes[shelf] += bytes;
  }

  /** Notes the peak, and whether the task may poll. */
  get mayPoll(): boolean {
    const { highRecords, highBytes, lowRecords, lowBytes } = this.#marks;
    const { records, bytes } = this.measure();
    if (this.#paused ? records <= lowRecords && bytes <= lowBytes : records >= highRecords || bytes >= highBytes) this.#paused = !this.#paused;
    return !this.#paused;
  }

  /** Whether what is being worked on (not what waits to be) is over the high mark: no more of it is taken until a commit. */
  get full(): boolean {
    const records = this.#records.inFlight + this.#records.outputs + this.#state.bufferedWrites;
    const bytes = this.#bytes.inFlight + this.#bytes.outputs + this.#state.bufferedBytes;
    return records >= this.#marks.highRecords || bytes >= this.#marks.highBytes;
  }

  measure(): BufferMetrics {
    const records = this.#records.fetched + this.#records.inFlight + this.#records.outputs + this.#state.bufferedWrites;
    const bytes = this.#bytes.fetched + this.#bytes.inFlight + this.#bytes.outputs + this.#state.bufferedBytes;
    this.#counters.peakRecords = Math.max(this.#counters.peakRecords, records);
    this.#counters.peakBytes = Math.max(this.#counters.peakBytes, bytes);
    return { records, bytes, peakRecords: this.#counters.peakRecords, peakBytes: this.#counters.peakBytes };
  }
}
