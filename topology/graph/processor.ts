/**
 * The Processor API: one instance a task, called with one record after another in the order of the task's partition.
 *
 * `process` may be async, for stores answer with promises: the next record waits for it. What it forwards goes down
 * the topology when it has returned. A processor that must wait for the outside world belongs into `enrich`, which
 * keeps many records in flight; here it would hold up the task.
 */
import type { MillraceError, RecordHeaders, TaskId } from '../../connectors/ports/index.ts';
import type { ForwardedRecord, StreamRecord } from './records.ts';

export interface ProcessorContext<K2, V2> {
  readonly applicationId: string;
  readonly taskId: TaskId;
  /** Highest timestamp that the task had seen when it read the record; -1 before the first. */
  readonly streamTimeMs: number;
  currentSystemTimeMs(): number;
  /** Sends a record to every child of this node. Only valid while `process` runs. */
  forward(record: ForwardedRecord<K2, V2>): void;
  /** A store that the node was attached to by name. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the store's type
  store<S>(name: string): S;
}

export interface Processor<K, V, K2, V2> {
  init?(context: ProcessorContext<K2, V2>): void;
  process(record: StreamRecord<K, V>, context: ProcessorContext<K2, V2>): void | Promise<void>;
  close?(): void;
}

export type ProcessorSupplier<K, V, K2, V2> = () => Processor<K, V, K2, V2>;

export interface EnrichContext {
  /** Aborts on time-out, and when the task closes. */
  readonly signal: AbortSignal;
  readonly headers: RecordHeaders;
  readonly timestampMs: number;
  /** 1 for the first try; one that met an outage does not count. */
  readonly attempt: number;
  /** For a call that waits for the end of an outage itself, so as to keep an order: tells the node's metrics until the call ends. */
  readonly outage: (error: MillraceError) => void;
}
