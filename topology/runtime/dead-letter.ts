/**
 * The dead-letter record, as in KIP-1034: raw key and value of the source record, its timestamp and headers, and what
 * went wrong in `__streams.errors.*`; `code`, `node` and `at` (ms since the epoch) are Millrace's own.
 */
import { toMillraceError } from '../../connectors/ports/index.ts';
import type { LogRecord, OutgoingRecord } from '../../connectors/ports/index.ts';

const PREFIX = '__streams.errors.';
const MAX_TEXT = 8192;

const rootCause = (error: Error): Error => (error.cause instanceof Error ? rootCause(error.cause) : error);

export function deadLetterOf(topic: string, { record, node, error, nowMs }: { readonly record: LogRecord; readonly node: string; readonly error: unknown; readonly nowMs: number }): OutgoingRecord {
  const failure = toMillraceError(error);
  const cause = rootCause(failure);
  const text: Record<string, string> = {
    exception: cause.name,
    message: failure.message,
    stacktrace: cause.stack ?? '',
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    code: failure.code,
    node,
    at: String(nowMs),
  };
  const headers: Record<string, Buffer> = { ...record.headers };
  for (const [name, value] of Object.entries(text)) headers[PREFIX + name] = Buffer.from(value.slice(0, MAX_TEXT), 'utf8');
  return { topic, timestampMs: record.timestampMs, key: record.key, value: record.value, headers };
}
