/** Counters of the engine: plain fields that hot loops add to, read by `Streams.metrics()`. They outlive a task that is opened anew. */
import type { Positions, TaskId } from '../../connectors/ports/index.ts';
import type { RestorationMetrics } from './restoration.ts';

export interface NodeMetrics {
  /** Records that came in, repeats after a failure included. */
  processed: number;
  /** Tombstones of `stream`, repeats at `deduplicate`, records without a key at `aggregate`, and what an error handler skipped. */
  dropped: number;
  deadLettered: number;
  /** Failed again after they had been dead-lettered: read from the dead-letter topic itself, so not written once more. */
  deadLettersDropped: number;
  /** In place. */
  retries: number;
  /** Sent to a retry topic. */
  delayedRetries: number;
  timeouts: number;
  /** In an `enrich` now. */
  inFlight: number;
}

export interface BufferMetrics {
  readonly records: number;
  readonly bytes: number;
  readonly peakRecords: number;
  readonly peakBytes: number;
}

export type TaskStatus = 'OPENING' | 'RESTORING' | 'RUNNING' | 'BACKING_OFF' | 'CLOSED';

export interface TaskMetrics {
  readonly task: TaskId;
  readonly status: TaskStatus;
  readonly groupId: string;
  /** Committed positions: lag is the end offsets less these. */
  readonly positions: Positions;
  /** Fetched, in flight, and waiting for a commit. */
  readonly buffered: BufferMetrics;
  readonly commits: number;
  readonly restarts: number;
  /** While the task is being opened. */
  readonly restoration: RestorationMetrics | null;
  /** Why it was last opened anew. */
  readonly lastError: Error | null;
  readonly nodes: Readonly<Record<string, Readonly<NodeMetrics>>>;
}

/** The mutable side of TaskMetrics. */
export class TaskCounters {
  readonly nodes = new Map<string, NodeMetrics>();
  commits = 0;
  restarts = 0;
  peakRecords = 0;
  peakBytes = 0;

  node(name: string): NodeMetrics {
    let counters = this.nodes.get(name);
    if (counters === undefined) {
      counters = { processed: 0, dropped: 0, deadLettered: 0, deadLettersDropped: 0, retries: 0, delayedRetries: 0, timeouts: 0, inFlight: 0 };
      this.nodes.set(name, counters);
    }
    return counters;
  }
}
