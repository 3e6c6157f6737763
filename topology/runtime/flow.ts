/** Records inside a task: the user's record with what it came from. */
import type { LogRecord, RecordHeaders } from '../../connectors/ports/index.ts';
import type { StreamRecord } from '../graph/index.ts';
import type { Withdrawal } from '../../state/index.ts';

/** A source record while something of it is being processed. */
export interface Root {
  readonly record: LogRecord;
  readonly bytes: number;
  /** Highest timestamp of the task up to and with this record. */
  readonly streamTimeMs: number;
  /** How many retry topics it has been through. */
  readonly attempt: number;
  /** What its source has made of it; NOT_DECODED before, or when it entered below. */
  decodedKey: unknown;
  decodedValue: unknown;
  /** Trace of the span that took it, where that is not its own; see Flow. */
  readonly trace: RecordHeaders | null;
  /** What was written for it as a whole, and is not to be written again. */
  written: Set<string> | null;
}

export const NOT_DECODED = Symbol('not decoded');

/** Deduplication marks that a record has set on its way, newest first. */
export interface Marks {
  readonly withdrawal: Withdrawal;
  readonly next: Marks | null;
}

export class Flow implements StreamRecord<unknown, unknown> {
  readonly key: unknown;
  readonly value: unknown;
  readonly timestampMs: number;
  readonly headers: RecordHeaders;
  /** Place in the batch that entered the graph: where paths meet again, records are put back into this order. */
  readonly ordinal: number;
  readonly root: Root;
  readonly marks: Marks | null;
  /** Trace headers of the span that made it, for its outputs; `null` where its own headers hold. */
  readonly trace: RecordHeaders | null;

  constructor(key: unknown, value: unknown, timestampMs: number, headers: RecordHeaders, ordinal: number, root: Root, marks: Marks | null, trace: RecordHeaders | null) {
    this.key = key;
    this.value = value;
    this.timestampMs = timestampMs;
    this.headers = headers;
    this.ordinal = ordinal;
    this.root = root;
    this.marks = marks;
    this.trace = trace;
  }

  with(key: unknown, value: unknown): Flow {
    return new Flow(key, value, this.timestampMs, this.headers, this.ordinal, this.root, this.marks, this.trace);
  }
}

/** What a record's headers, topic name and object weigh beside its key and value, roughly. */
const OVERHEAD_BYTES = 64;

/** Key, value and headers: what `LogDriver.maxRecordBytes` counts. */
export function payloadBytes({ key, value, headers }: { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: RecordHeaders }): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += Buffer.byteLength(name) + (headers[name]?.length ?? 0);
  return bytes;
}

export function recordBytes({ key, value, headers }: { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: RecordHeaders }): number {
  let bytes = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}
