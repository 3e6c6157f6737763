/** What a node may ask of the task that it runs in, and what a task asks of its nodes. */
import type { OutgoingRecord, TaskId } from '../../connectors/ports/index.ts';
import type { StateStore } from '../../state/index.ts';
import type { Clock } from './clock.ts';
import type { Epoch } from './epoch.ts';
import type { Flow } from './flow.ts';
import type { NodeMetrics } from './metrics.ts';
import type { TaskTelemetry } from './telemetry/index.ts';
import type { Rejection } from './rejections.ts';

export interface TaskScope {
  readonly applicationId: string;
  readonly taskId: TaskId;
  readonly clock: Clock;
  readonly telemetry: TaskTelemetry;
  /** Whose records are being processed now. */
  readonly epoch: Epoch;
  topicName(topic: string): string;
  counters(node: string): NodeMetrics;
  store(name: string): StateStore;
  /** An output of the running epoch. */
  emit(record: OutgoingRecord): void;
  /** Of the topic; `undefined` where there is no limit. */
  maxRecordBytes(topic: string): number | undefined;
  /** The record cannot go on at this node: it is retried later or dead-lettered in the running epoch, or fails the task, as configured. */
  reject(flow: Flow, node: string, error: unknown): Rejection;
  /** Closes the task dirty; it is opened anew. */
  failTask(error: unknown): void;
  /** Something that waited outside of the task's turn is ready. */
  wake(): void;
}

/** A node of a running task. */
export interface RuntimeNode {
  readonly name: string;
  /** What `run` puts out, one list a port. Whoever delivers them leaves empty lists behind. */
  readonly outlets: Flow[][];
  /** A promise only where the node must wait. A record that fails is rejected by itself; what is thrown fails the task. */
  run(batch: readonly Flow[]): void | Promise<void>;
  close?(): void;
}
