/** The record as processors see it. */
import type { RecordHeaders } from '../../connectors/ports/index.ts';

export interface StreamRecord<K, V> {
  readonly key: K;
  readonly value: V;
  /** Event time, ms since the epoch. */
  readonly timestampMs: number;
  readonly headers: RecordHeaders;
}

/** A record on its way out of a processor: what is left out is taken from the record that is being processed. */
export interface ForwardedRecord<K, V> {
  readonly key: K;
  readonly value: V;
  readonly timestampMs?: number;
  readonly headers?: RecordHeaders;
}

export interface KeyValue<K, V> {
  readonly key: K;
  readonly value: V;
}
