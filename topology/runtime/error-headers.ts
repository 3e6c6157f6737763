/**
 * What went wrong with a record, in headers as in KIP-1034: `__streams.errors.*`. `code`, `node` and `at` (ms since the
 * epoch) are Millrace's own, as is `retry`: the retry topic that takes the record once its cause is mended.
 */
import { toMillraceError } from '../../connectors/ports/index.ts';
import type { LogRecord, RecordHeaders } from '../../connectors/ports/index.ts';

export const ERRORS = '__streams.errors.';

/** Of the message and of the stack trace. */
const MAX_TEXT = 8192;

export interface Failure {
  /** As it came from its topic. */
  readonly record: LogRecord;
  readonly node: string;
  readonly error: unknown;
  readonly nowMs: number;
}

const rootCause = (error: Error): Error => (error.cause instanceof Error ? rootCause(error.cause) : error);

/** The first bytes of a text, at most so many, cut between characters. */
function bytesOf(text: string, maxBytes: number): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return bytes;
  let end = Math.max(0, maxBytes);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** What is not known to be short takes at most `maxTextBytes`: first the message, then what is left of the stack trace. */
export function errorHeaders({ record, node, error, nowMs }: Failure, maxTextBytes = 2 * MAX_TEXT): Record<string, Buffer> {
  const failure = toMillraceError(error);
  const cause = rootCause(failure);
  const message = bytesOf(failure.message, Math.min(MAX_TEXT, maxTextBytes));
  const stacktrace = bytesOf(cause.stack ?? '', Math.min(MAX_TEXT, maxTextBytes - message.length));
  const texts = {
    exception: bytesOf(cause.name, 256),
    message,
    stacktrace,
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    code: failure.code,
    node,
    at: String(nowMs),
  };
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [ERRORS + name, typeof value === 'string' ? Buffer.from(value) : value]));
}

/** What the headers of a dead letter say; empty, or NaN, where they say nothing. */
export function readErrorHeaders(headers: RecordHeaders): {
  readonly topic: string; readonly partition: number; readonly offset: number; readonly node: string; readonly code: string;
  readonly exception: string; readonly message: string; readonly stacktrace: string; readonly atMs: number;
} {
  const text = (name: string): string => headers[ERRORS + name]?.toString() ?? '';
  return {
    topic: text('topic'), partition: Number(text('partition')), offset: Number(text('offset')), node: text('node'), code: text('code'),
    exception: text('exception'), message: text('message'), stacktrace: text('stacktrace'), atMs: Number(text('at')),
  };
}

/** The headers without those that start with any of the prefixes. */
export function withoutHeaders(headers: RecordHeaders, ...prefixes: readonly string[]): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))));
}
