/**
 * Records of retry topics: the source record as it came, what went wrong, and in `__streams.retry.*` where and when it
 * enters again.
 *
 * `node`: the node that it failed at, so that nothing above is applied twice. `input`: what that node was given, where
 * it is not what the source decodes; a value that does not survive `v8.serialize` as it is, or is too large, leaves
 * both out, and the record enters at its source. `topic`, `partition`, `offset`, `timestamp`: of the source record.
 */
import v8 from 'node:v8';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogRecord, OutgoingRecord, RecordHeaders } from '../../connectors/ports/index.ts';
import { RETRY_TOPIC, TRUNCATED } from './dead-letter.ts';
import { ERRORS, errorHeaders, withoutHeaders } from './error-headers.ts';
import type { Failure } from './error-headers.ts';
import { payloadBytes } from './flow.ts';
import type { Flow } from './flow.ts';

const RETRY = '__streams.retry.';
/** Of what a node was given, serialised. */
export const MAX_INPUT_BYTES = 256 * 1024;

export const retryTopicName = (applicationId: string, subtopology: string, level: number): string => `${applicationId}-${subtopology}-retry-${level}`;

export interface NodeInput {
  readonly key: unknown;
  readonly value: unknown;
  readonly timestampMs: number;
  readonly headers: RecordHeaders;
}

export interface RetriedRecord {
  /** The source record. */
  readonly record: LogRecord;
  /** How many retry topics it has been through, this one included. */
  readonly attempt: number;
  /** Where it enters; `null` for its source. */
  readonly node: string | null;
  /** What the node is given; `null` for what the source decodes. */
  readonly input: NodeInput | null;
}

/** Whether structured cloning keeps it as it is: objects lose their class. */
function survives(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value !== 'object' || value === null) return true;
  if (Buffer.isBuffer(value) || value instanceof Date || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return true;
  if (Array.isArray(value)) return value.every(survives);
  if (value instanceof Map) return [...value].every(([key, entry]) => survives(key) && survives(entry));
  if (value instanceof Set) return [...value].every(survives);
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(survives);
}

/** Where a record that failed at a node enters again, as headers; `undefined` where that is its source. */
export function entryOf(flow: Flow, node: string): Record<string, Buffer> | undefined {
  const { key, value, timestampMs, headers, root } = flow;
  const named = { [`${RETRY}node`]: Buffer.from(node) };
  if (key === root.decodedKey && value === root.decodedValue && timestampMs === root.record.timestampMs && headers === root.record.headers) return named;
  if (!survives(key) || !survives(value)) return undefined;
  let input: Buffer;
  try {
    input = v8.serialize({ key, value, timestampMs, headers } satisfies NodeInput);
  } catch {
    return undefined;
  }
  return input.length > MAX_INPUT_BYTES ? undefined : { ...named, [`${RETRY}input`]: input };
}

export interface RetryRecordOptions {
  readonly topic: string;
  readonly partition: number;
  readonly maxBytes: number | undefined;
  readonly attempt: number;
  readonly dueMs: number;
  readonly entry: RecordHeaders | undefined;
}

/** `null` when it does not fit into its topic. */
export function delayedRetryOf(failure: Failure, { topic, partition, maxBytes = Infinity, attempt, dueMs, entry }: RetryRecordOptions): OutgoingRecord | null {
  const { record, nowMs } = failure;
  const { key, value } = record;
  const fixed = { ...record.headers, ...placeHeaders({ attempt, dueMs, origin: record }), ...entry };
  const bytes = payloadBytes({ key, value, headers: { ...fixed, ...errorHeaders(failure, 0) } });
  if (bytes > maxBytes) return null;
  return { topic, partition, timestampMs: nowMs, key, value, headers: { ...fixed, ...errorHeaders(failure, maxBytes - bytes) } };
}

function placeHeaders({ attempt, dueMs, origin }: { readonly attempt: number; readonly dueMs: number; readonly origin: Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'timestampMs'> }): Record<string, Buffer> {
  const { topic, partition, offset, timestampMs } = origin;
  const texts = { attempt, due: dueMs, topic, partition, offset, timestamp: timestampMs };
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [RETRY + name, Buffer.from(String(text))]));
}

const numberIn = (headers: RecordHeaders, name: string): number => Number(headers[name]?.toString() ?? 0);

export const dueOf = ({ headers }: LogRecord): number => numberIn(headers, `${RETRY}due`);

export function readRetried({ key, value, headers }: LogRecord): RetriedRecord {
  const bytes = headers[`${RETRY}input`];
  const input = bytes === undefined ? null : readInput(bytes);
  return {
    record: {
      topic: headers[`${RETRY}topic`]?.toString() ?? '',
      partition: numberIn(headers, `${RETRY}partition`),
      offset: numberIn(headers, `${RETRY}offset`),
      timestampMs: numberIn(headers, `${RETRY}timestamp`),
      key,
      value,
      headers: withoutHeaders(headers, RETRY, ERRORS),
    },
    attempt: numberIn(headers, `${RETRY}attempt`),
    node: bytes !== undefined && input === null ? null : headers[`${RETRY}node`]?.toString() ?? null,
    input,
  };
}

/** `null` for what another version of Node wrote and this one cannot read. */
function readInput(bytes: Buffer): NodeInput | null {
  try {
    return v8.deserialize(bytes) as NodeInput;
  } catch {
    return null;
  }
}

export interface ResubmissionOptions {
  /** `null` to send the record to its own topic in any case. @default the retry topic that the letter names, if any */
  readonly retryTopic?: string | null;
  /** @default Date.now() */
  readonly nowMs?: number;
}

/**
 * What is to be produced to have a dead letter processed again. Through the retry topic of its sub-topology it enters
 * at the node that it failed at, at once; else it goes to its own topic and partition. It passes `deduplicate` though
 * its id was seen before: its marks were withdrawn when it became a dead letter.
 * @throws MillraceError MILL_RECORD_TOO_LARGE for a letter that had no room for its value
 */
export function retryRecordOf(letter: LogRecord, { retryTopic, nowMs = Date.now() }: ResubmissionOptions = {}): OutgoingRecord {
  const { key, value, timestampMs, headers } = letter;
  const origin = {
    topic: headers[`${ERRORS}topic`]?.toString() ?? '',
    partition: numberIn(headers, `${ERRORS}partition`),
    offset: numberIn(headers, `${ERRORS}offset`),
    timestampMs,
  };
  const place = `${origin.topic}/${origin.partition} at offset ${origin.offset}`;
  if (origin.topic === '') throw new MillraceError('MILL_CONFIG_INVALID', `The record ${letter.topic}/${letter.partition} at offset ${letter.offset} is no dead letter: it does not name its source.`);
  if (headers[TRUNCATED] !== undefined) throw new MillraceError('MILL_RECORD_TOO_LARGE', `The dead letter had no room for its value: send it again from ${place}.`);
  const target = retryTopic === undefined ? headers[RETRY_TOPIC]?.toString() : retryTopic ?? undefined;
  const own = withoutHeaders(headers, ERRORS, RETRY);
  const { partition } = origin;
  if (target === undefined) return { topic: origin.topic, partition, timestampMs, key, value, headers: own };
  const entry = Object.fromEntries([`${RETRY}node`, `${RETRY}input`].flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
  return { topic: target, partition, timestampMs: nowMs, key, value, headers: { ...own, ...placeHeaders({ attempt: 0, dueMs: nowMs, origin }), ...entry } };
}
