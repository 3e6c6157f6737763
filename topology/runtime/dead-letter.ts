/**
 * The dead-letter record, as in KIP-1034: raw key and value of the source record, its timestamp and headers, and what
 * went wrong in `__streams.errors.*`. It must fit into its topic: stack trace and message give way first, then where a
 * retry would enter, and last the value itself; `__streams.errors.truncated` then tells that it must be had from its
 * topic, partition and offset.
 */
import type { OutgoingRecord, RecordHeaders } from '../../connectors/ports/index.ts';
import { ERRORS, errorHeaders } from './error-headers.ts';
import type { Failure } from './error-headers.ts';
import { payloadBytes } from './flow.ts';

export interface DeadLetterOptions {
  readonly topic: string;
  readonly maxBytes?: number | undefined;
  /** Takes the record once its cause is mended. */
  readonly retryTopic?: string | undefined;
  /** Where a retry enters, as headers. */
  readonly entry?: RecordHeaders | undefined;
}

export const TRUNCATED = `${ERRORS}truncated`;
export const RETRY_TOPIC = `${ERRORS}retry`;

export function deadLetterOf(failure: Failure, { topic, maxBytes = Infinity, retryTopic, entry = {} }: DeadLetterOptions): OutgoingRecord {
  const { key, value, timestampMs, headers: own } = failure.record;
  const retry = retryTopic === undefined ? {} : { [RETRY_TOPIC]: Buffer.from(retryTopic) };
  const truncated = { [TRUNCATED]: Buffer.from('value') };
  const shapes = [
    { value, headers: { ...own, ...retry, ...entry } },
    { value, headers: { ...own, ...retry } },
    { value, headers: own },
    { value: null, headers: { ...own, ...truncated } },
    { value: null, headers: truncated },
  ];
  let letter: OutgoingRecord | undefined;
  for (const shape of shapes) {
    const bytes = payloadBytes({ key, value: shape.value, headers: { ...shape.headers, ...errorHeaders(failure, 0) } });
    const headers = { ...shape.headers, ...errorHeaders(failure, Math.max(0, maxBytes - bytes)) };
    letter = { topic, timestampMs, key, value: shape.value, headers };
    if (bytes <= maxBytes) break;
  }
  return letter as OutgoingRecord;
}
