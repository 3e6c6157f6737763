/** Counters of the engine: plain fields that hot loops add to, read by `Streams.metrics()`. They outlive a task that is opened anew. */
import type { ErrorCode, Positions, TaskId } from '../../connectors/ports/index.ts';
import { Latency } from './latency.ts';
import type { LatencyMetrics } from './latency.ts';
import type { RestorationMetrics } from './restoration.ts';

/** What calls of a node wait for. Plain, as metrics go from thread to thread. */
export interface Outage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** When the first call of the node began to wait. */
  readonly sinceMs: number;
}

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
  /** While calls of an `enrich` wait for one. */
  outage: Outage | null;
}

export interface BufferMetrics {
  readonly records: number;
  readonly bytes: number;
  readonly peakRecords: number;
  readonly peakBytes: number;
}

export interface StoreMetrics {
  /** Reads of what lies below the uncommitted writes: one for all keys of a batch. */
  readonly get: LatencyMetrics;
  /** Writes into the open epoch; every 64th is measured and counted. */
  readonly put: LatencyMetrics;
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
  /** Source records processed, repeats after a failure included, and those whose processing is committed. */
  readonly records: number;
  readonly committedRecords: number;
  /** Turns of the task: batches that it took, and results of an `enrich`. */
  readonly process: LatencyMetrics;
  readonly commit: LatencyMetrics;
  readonly commits: number;
  readonly restarts: number;
  /** While the task is being opened. */
  readonly restoration: RestorationMetrics | null;
  /** Why it was last opened anew. */
  readonly lastError: Error | null;
  readonly nodes: Readonly<Record<string, Readonly<NodeMetrics>>>;
  readonly stores: Readonly<Record<string, StoreMetrics>>;
  /** Records fetched, and records written by commits, by topic. */
  readonly consumed: Readonly<Record<string, number>>;
  readonly sent: Readonly<Record<string, number>>;
}

/** The mutable side of StoreMetrics. */
export class StoreCounters {
  readonly get = new Latency();
  readonly put = new Latency();
}

/** The mutable side of TaskMetrics. */
export class TaskCounters {
  readonly nodes = new Map<string, NodeMetrics>();
  readonly stores = new Map<string, StoreCounters>();
  readonly consumed = new Map<string, number>();
  readonly sent = new Map<string, number>();
  readonly process = new Latency();
  readonly commit = new Latency();
  records = 0;
  committedRecords = 0;
  commits = 0;
  restarts = 0;
  peakRecords = 0;
  peakBytes = 0;

  node(name: string): NodeMetrics {
    let counters = this.nodes.get(name);
    if (counters === undefined) {
      counters = { processed: 0, dropped: 0, deadLettered: 0, deadLettersDropped: 0, retries: 0, delayedRetries: 0, timeouts: 0, inFlight: 0, outage: null };
      this.nodes.set(name, counters);
    }
    return counters;
  }
}
