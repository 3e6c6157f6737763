/**
 * What is being restored before a task runs: told to listeners as Kafka Streams' StateRestoreListener tells it, and
 * counted for the metrics. One for each opening of a task.
 */
import type { RestoreProgress, TaskId } from '../../connectors/ports/index.ts';
import type { Clock } from './clock.ts';

export interface StoreRestoration extends RestoreProgress {
  readonly task: TaskId;
}

/** Kafka Streams' StateRestoreListener. What a listener throws fails the opening of the task. */
export interface StateRestoreListener {
  onRestoreStart?(restoration: StoreRestoration): void;
  onBatchRestored?(restoration: StoreRestoration): void;
  onRestoreEnd?(restoration: StoreRestoration): void;
  /** The task was closed, or failed, before its store was restored. */
  onRestoreSuspended?(restoration: StoreRestoration): void;
}

export interface RestorationMetrics {
  /** Offsets between what is restored and the end of the changelogs, over all stores of the task. */
  readonly remainingRecords: number;
  readonly restoredRecords: number;
  /** Since the first report. */
  readonly recordsPerSecond: number;
}

export class Restoration {
  readonly #task: TaskId;
  readonly #clock: Clock;
  readonly #listeners: ReadonlySet<StateRestoreListener>;
  readonly #stores = new Map<string, { progress: RestoreProgress; ended: boolean }>();
  #startedMs: number | null = null;

  constructor(task: TaskId, clock: Clock, listeners: ReadonlySet<StateRestoreListener>) {
    this.#task = task;
    this.#clock = clock;
    this.#listeners = listeners;
  }

  report(progress: RestoreProgress): void {
    this.#startedMs ??= this.#clock.nowMs();
    const known = this.#stores.get(progress.store);
    const store = known ?? { progress, ended: false };
    this.#stores.set(progress.store, store);
    if (store.ended) return;
    const restored = progress.restoredRecords > (known?.progress.restoredRecords ?? 0);
    store.progress = progress;
    const restoration = { ...progress, task: this.#task };
    if (known === undefined) for (const listener of this.#listeners) listener.onRestoreStart?.(restoration);
    if (restored) for (const listener of this.#listeners) listener.onBatchRestored?.(restoration);
    if (progress.offset < progress.endOffset) return;
    store.ended = true;
    for (const listener of this.#listeners) listener.onRestoreEnd?.(restoration);
  }

  /** The opening has ended: what is not restored by now will not be by it. */
  close(): void {
    for (const store of this.#stores.values()) {
      if (store.ended) continue;
      store.ended = true;
      for (const listener of this.#listeners) listener.onRestoreSuspended?.({ ...store.progress, task: this.#task });
    }
  }

  /** Some store has more to restore. */
  get active(): boolean {
    return [...this.#stores.values()].some(({ ended }) => !ended);
  }

  metrics(): RestorationMetrics {
    let remainingRecords = 0;
    let restoredRecords = 0;
    for (const { progress } of this.#stores.values()) {
      remainingRecords += Math.max(0, progress.endOffset - progress.offset);
      restoredRecords += progress.restoredRecords;
    }
    const elapsedMs = this.#clock.nowMs() - (this.#startedMs ?? 0);
    return { remainingRecords, restoredRecords, recordsPerSecond: elapsedMs > 0 ? (restoredRecords * 1000) / elapsedMs : 0 };
  }
}
