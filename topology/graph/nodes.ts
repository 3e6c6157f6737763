/**
 * Nodes of a topology: what each operator of the DSL leaves behind. Types are erased here (the DSL has checked them);
 * callbacks are declared as methods so that a typed function fits without a cast.
 */
import type { OperatorFunction } from 'rxjs';
import type { MillraceError, Serde } from '../../connectors/ports/index.ts';
import type { EnrichContext, Processor } from './processor.ts';
import type { KeyValue, StreamRecord } from './records.ts';

export type AnyRecord = StreamRecord<unknown, unknown>;

export interface SourceSpec {
  readonly kind: 'source';
  /** What the sub-topology is named after when this is its first source. */
  readonly label: string;
  readonly topics: readonly string[];
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly tombstones: 'drop' | 'pass';
}

export interface FilterSpec {
  readonly kind: 'filter';
  predicate(value: unknown, key: unknown): boolean;
}

export interface MapSpec {
  readonly kind: 'map';
  mapper(record: AnyRecord): KeyValue<unknown, unknown>;
}

export interface MapValuesSpec {
  readonly kind: 'mapValues';
  mapper(value: unknown, key: unknown): unknown;
}

export interface SelectKeySpec {
  readonly kind: 'selectKey';
  mapper(value: unknown, key: unknown): unknown;
}

export interface FlatMapSpec {
  readonly kind: 'flatMap';
  mapper(value: unknown, key: unknown): Iterable<KeyValue<unknown, unknown>>;
}

export interface FlatMapValuesSpec {
  readonly kind: 'flatMapValues';
  mapper(value: unknown, key: unknown): Iterable<unknown>;
}

export interface PeekSpec {
  readonly kind: 'peek';
  action(value: unknown, key: unknown): void;
}

/** A record goes to the first branch whose predicate holds; the branches are the node's children, in order. */
export interface SplitSpec {
  readonly kind: 'split';
  readonly branches: readonly SplitBranch[];
}

export interface SplitBranch {
  readonly node: string;
  predicate(value: unknown, key: unknown): boolean;
}

export interface BranchSpec {
  readonly kind: 'branch';
}

export interface MergeSpec {
  readonly kind: 'merge';
}

export interface PipeSpec {
  readonly kind: 'pipe';
  readonly operators: readonly OperatorFunction<AnyRecord, AnyRecord>[];
}

export interface ProcessSpec {
  readonly kind: 'process';
  supplier(): Processor<unknown, unknown, unknown, unknown>;
}

export interface RetryPolicy {
  /** Tries in all. */
  readonly attempts: number;
  /** Before the second try; doubles from then on, up to half a minute. */
  readonly backoffMs: number;
}

export type EnrichOrdering = 'partition' | 'key' | 'none';

export interface EnrichSpec {
  readonly kind: 'enrich';
  call(value: unknown, key: unknown, context: EnrichContext): Promise<unknown>;
  readonly concurrency: number;
  readonly ordering: EnrichOrdering;
  /** 0 is no limit. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly recover: ((error: MillraceError, value: unknown, key: unknown) => unknown) | null;
}

export interface DeduplicateSpec {
  readonly kind: 'deduplicate';
  readonly store: string;
  by(value: unknown, key: unknown): string | null | undefined;
}

export interface AggregateSpec {
  readonly kind: 'aggregate';
  readonly store: string;
  readonly key: Serde<unknown>;
  initializer(): unknown;
  aggregator(key: unknown, value: unknown, aggregate: unknown): unknown;
}

export interface SinkSpec {
  readonly kind: 'sink';
  readonly topic: string;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

export type NodeSpec =
  | SourceSpec | FilterSpec | MapSpec | MapValuesSpec | SelectKeySpec | FlatMapSpec | FlatMapValuesSpec | PeekSpec
  | SplitSpec | BranchSpec | MergeSpec | PipeSpec | ProcessSpec | EnrichSpec | DeduplicateSpec | AggregateSpec | SinkSpec;

export interface TopologyNode {
  readonly name: string;
  readonly spec: NodeSpec;
  readonly parents: readonly string[];
  readonly children: readonly string[];
  /** Names of the stores that the node reads and writes. */
  readonly stores: readonly string[];
}

export interface RepartitionTopic {
  /** Without the application.id. */
  readonly topic: string;
  /** `null`: as many as the sub-topology that writes it has. */
  readonly partitions: number | null;
}
