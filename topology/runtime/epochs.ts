/** The epochs of a task: when one closes, and its commit. One commit at a time, in order. */
import { MillraceError, topicPartitionKey } from '../../connectors/ports/index.ts';
import type { OutgoingRecord, TaskLog, TopicPartition } from '../../connectors/ports/index.ts';
import type { TaskState } from '../../state/index.ts';
import type { BufferMeter } from './buffer-meter.ts';
import { Epoch } from './epoch.ts';
import { recordBytes } from './flow.ts';
import type { TaskCounters } from './metrics.ts';
import type { CompiledStreamsOptions } from './options.ts';
import type { TaskTelemetry } from './telemetry/index.ts';

export interface EpochsDeps {
  readonly options: CompiledStreamsOptions;
  readonly log: TaskLog;
  readonly state: TaskState;
  readonly meter: BufferMeter;
  readonly counters: TaskCounters;
  readonly telemetry: TaskTelemetry;
  readonly onCommitted: () => void;
  readonly onError: (error: unknown) => void;
}

export class Epochs {
  readonly #deps: EpochsDeps;
  readonly #committed: Map<string, number>;
  /** Takes records. */
  #open: Epoch | null = null;
  /** Takes no more records: draining, or being committed. */
  #older: Epoch | null = null;
  #commit: Promise<void> | null = null;
  #due = false;
  #flushing = false;
  #closed = false;
  #cancelInterval: () => void = () => undefined;
  #cancelLinger: () => void = () => undefined;

  constructor(deps: EpochsDeps) {
    this.#deps = deps;
    this.#committed = new Map(deps.log.committed);
  }

  get open(): Epoch | null {
    return this.#open;
  }

  get older(): Epoch | null {
    return this.#older;
  }

  /** The older epoch while records of it may still be in the task. Once it is being committed there are none. */
  get draining(): Epoch | null {
    return this.#commit === null ? this.#older : null;
  }

  get committed(): ReadonlyMap<string, number> {
    return this.#committed;
  }

  get idle(): boolean {
    return this.#open === null && this.#older === null;
  }

  /** Whether the open epoch has taken all that it may. */
  get full(): boolean {
    const { maxRecords, maxBytes } = this.#deps.options.epoch;
    return this.#open !== null && (this.#open.records >= maxRecords || this.#open.bytes + this.#open.outputBytes >= maxBytes);
  }

  /** The open epoch; a new one counts its interval from now. */
  begin(): Epoch {
    this.#stopLinger();
    if (this.#open === null) {
      this.#open = new Epoch();
      const { clock, commitIntervalMs } = this.#deps.options;
      this.#cancelInterval = clock.setTimer(commitIntervalMs, () => { this.#fallDue(); });
    }
    return this.#open;
  }

  took(epoch: Epoch, source: TopicPartition, nextOffset: number, bytes: number): void {
    epoch.records++;
    epoch.bytes += bytes;
    epoch.positions.set(topicPartitionKey(source), nextOffset);
  }

  emit(epoch: Epoch, record: OutgoingRecord): void {
    const bytes = recordBytes(record);
    epoch.outputs.push(record);
    epoch.outputBytes += bytes;
    this.#deps.meter.add('outputs', 1, bytes);
  }

  /** All that was read is done: nothing is gained by waiting for the interval, unless more comes at once. */
  drained(): void {
    if (this.#open === null || this.#due) return;
    const { clock, lingerMs } = this.#deps.options;
    if (lingerMs === 0) {
      this.#fallDue();
      return;
    }
    this.#stopLinger();
    this.#cancelLinger = clock.setTimer(lingerMs, () => { this.#fallDue(); });
  }

  /** From now on every epoch closes as soon as it can. */
  flush(): void {
    this.#flushing = true;
    this.check();
  }

  /** Closes and commits what can be. Called after all that may have changed something. */
  check(): void {
    if (this.#closed) return;
    if (this.#older === null && this.#open !== null && (this.#due || this.#flushing || this.full || this.#deps.meter.full)) this.#closeOpen();
    if (this.#older?.pending === 0 && this.#commit === null) {
      this.#commit = this.#commitEpoch(this.#older);
    }
  }

  /** No commit starts any more; resolves when the one that runs has ended, however it did. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelInterval();
    this.#stopLinger();
    await this.#commit;
  }

  #closeOpen(): void {
    this.#older = this.#open;
    this.#open = null;
    this.#due = false;
    this.#cancelInterval();
    this.#stopLinger();
  }

  #fallDue(): void {
    this.#due = true;
    this.check();
  }

  #stopLinger(): void {
    this.#cancelLinger();
    this.#cancelLinger = () => undefined;
  }

  async #commitEpoch(epoch: Epoch): Promise<void> {
    const { log, state, meter, counters, telemetry, onCommitted, onError } = this.#deps;
    const startedMs = performance.now();
    const span = telemetry.tracing.commit(epoch);
    try {
      const sealed = await state.seal();
      if (this.#closed) {
        span?.fail(new MillraceError('MILL_CLOSED', 'The task closes.'));
        return;
      }
      const commit = (): Promise<void> => log.commit({ outputs: epoch.outputs, positions: epoch.positions, state: sealed.ops });
      await (span === null ? commit() : span.run(commit));
      sealed.committed();
    } catch (error) {
      span?.fail(error);
      onError(error);
      return;
    }
    span?.end();
    telemetry.committed(epoch, performance.now() - startedMs);
    for (const [source, position] of epoch.positions) this.#committed.set(source, position);
    meter.add('outputs', -epoch.outputs.length, -epoch.outputBytes);
    counters.commits++;
    this.#older = null;
    this.#commit = null;
    onCommitted();
  }
}
