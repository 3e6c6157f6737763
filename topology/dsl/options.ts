/** Options of the operators, named as in Kafka Streams. */
import type { MillraceError, Serde } from '../../connectors/ports/index.ts';
import type { EnrichOrdering } from '../graph/index.ts';

export interface Named {
  /** @default the kind of the operator with a running number */
  readonly name?: string;
}

export interface Consumed<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Names the sub-topology too, when this is its first source: consumer group and state hang on it. @default the topics */
  readonly name?: string;
}

export interface Produced<K, V> {
  readonly key: Serde<K> | Serde<NonNullable<K>>;
  /** Of the values; a `null` value is written as a tombstone. */
  readonly value: Serde<V> | Serde<NonNullable<V>>;
  readonly name?: string;
}

export interface Repartitioned<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** @default as many as the topics that the new sub-topology also reads, else as the old one has */
  readonly partitions?: number;
}

/** Serdes for the repartition topic that `groupByKey` needs when the key has changed on the way. */
export interface Grouped<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

export interface Materialized<K, A> {
  /** Of the node and its store. */
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<A>;
  /** An aggregate vanishes this long after its last change. @default never */
  readonly ttlMs?: number;
}

export interface ProcessOptions {
  readonly name: string;
  /** Names of stores added by `addStateStore`. */
  readonly stores?: readonly string[];
}

export interface DeduplicateOptions<K, V> {
  /** Of the node; its store is `<name>-marks`. */
  readonly name: string;
  /** What makes two records the same; a record without an id (`null`) always goes on, and leaves no mark. */
  readonly by: (value: V, key: K) => string | null | undefined;
  /** How long a mark is kept, from when its record was let through. */
  readonly ttlMs: number;
}

export interface EnrichOptions<K, V, V2> {
  readonly name: string;
  /** Records of a task in flight. @default 8 */
  readonly concurrency?: number;
  /**
   * In which order results go on: as their records came in the task, as they came for each key, or as they are ready.
   * @default 'partition'
   */
  readonly ordering?: EnrichOrdering;
  /** Of one try; the signal aborts and the try counts as MILL_TIMEOUT. @default no limit */
  readonly timeoutMs?: number;
  /** For transient errors. @default one attempt */
  readonly retry?: { readonly attempts: number; readonly backoffMs?: number };
  /** Called when the record was dead-lettered for good: what it returns goes on instead. @default nothing goes on */
  readonly recover?: (error: MillraceError, value: V, key: K) => V2;
}
