/** What the harness tells an instance by the environment, and the lines in which an instance tells about its life. */
import type { ProcessingGuarantee } from '../../connectors/ports/index.ts';
import type { StreamsState, TaskStatus } from '../../topology/index.ts';
import type { TopologySettings } from './topology.ts';

/** Holds `AppSettings` as JSON. */
export const SETTINGS_VARIABLE = 'MILLRACE_FAULT_APP';

export const DRIVERS = ['kafkajs', 'platformatic'] as const;
export type KafkaDriver = (typeof DRIVERS)[number];

export interface AppSettings {
  readonly brokers: readonly string[];
  readonly driver: KafkaDriver;
  readonly applicationId: string;
  readonly stateDirectory: string;
  readonly guarantee: ProcessingGuarantee;
  readonly commitIntervalMs: number;
  readonly numStandbyReplicas: number;
  readonly sessionTimeoutMs: number;
  readonly autoOffsetReset?: 'earliest' | 'latest';
  /** Of one task. */
  readonly bufferBytes: number;
  readonly topology: TopologySettings;
}

export interface TaskReport {
  readonly groupId: string;
  readonly partition: number;
  readonly status: TaskStatus;
  readonly commits: number;
  readonly restarts: number;
  /** Why it was last opened anew. */
  readonly lastError: { readonly code: string; readonly message: string } | null;
}

/** Times are of the wall clock, which all processes share. */
export type AppReport = { readonly atMs: number } & (
  /** Each change of the life cycle. */
  | { readonly kind: 'state'; readonly state: StreamsState }
  /** Whenever a task changed, and at most every `TASKS_EVERY_MS`. */
  | { readonly kind: 'tasks'; readonly tasks: readonly TaskReport[] }
  /** A store begins to be restored, has gone on, or ends. */
  | { readonly kind: 'restore'; readonly phase: 'start' | 'batch' | 'end' | 'suspended'; readonly store: string; readonly partition: number; readonly offset: number; readonly startOffset: number; readonly endOffset: number }
  /** Streams is in ERROR, or could not start. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly stack: string }
);

export const TASKS_EVERY_MS = 50;
