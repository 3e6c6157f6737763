/** What a stage sees of inference. `openModelHost` gives the real one. */
import type { TaskInput, TaskName, TaskOutput } from './tasks.ts';

export interface ModelDescription {
  readonly name: string;
  readonly version: string;
  /** Identifies the bytes of the model; part of lineage. */
  readonly digest: string;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** LIVE items leave the queue before BULK items; within one priority, first come first served. @default 'BULK' */
  readonly priority?: 'LIVE' | 'BULK';
}

export interface ModelResult<T extends TaskName> {
  readonly output: TaskOutput<T>;
  /** This item's share of the compute time of its batch. */
  readonly computeMs: number;
}

/** Numbers since the host was opened. */
export interface TaskStats {
  readonly task: TaskName;
  /** Items that wait now. */
  readonly queued: number;
  /** Callers that wait for a place in the queue now. */
  readonly blocked: number;
  readonly items: number;
  readonly batches: number;
  readonly failedItems: number;
  readonly largestBatch: number;
  readonly computeMs: number;
  /** Workers that hold the model now. */
  readonly loadedOn: number;
}

export interface ModelHostStats {
  readonly tasks: readonly TaskStats[];
  readonly workers: number;
  /** Workers lost and started anew. */
  readonly workersLost: number;
}

export interface ModelHost {
  /** `undefined` when the model is not installed: the stage emits SKIPPED with `missingReason(task)`. */
  describe(task: TaskName): ModelDescription | undefined;
  /** Why `describe` has nothing; an empty string when it has. */
  missingReason(task: TaskName): string;
  /**
   * Runs one item, batched with those of other callers. Waits while the queue is full; never drops.
   * @throws MillraceError MILL_MODEL_MISSING, MILL_MODEL_FAILED, MILL_INFERENCE_WORKER_LOST (transient), MILL_CLOSED;
   * the signal's reason when it aborts first
   */
  run<T extends TaskName>(task: T, input: TaskInput<T>, options?: RunOptions): Promise<ModelResult<T>>;
  /** Loads models ahead of the first item. @default every installed one */
  warmUp(tasks?: readonly TaskName[]): Promise<void>;
  stats(): ModelHostStats;
  /** What waits fails with MILL_CLOSED; what runs is finished first, unless it takes too long. */
  close(): Promise<void>;
}
