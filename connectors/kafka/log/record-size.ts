/** What a record takes, in memory and in a request. */
import type { RecordHeaders } from '../../ports/index.ts';

/** What a record batch with one record may add to key, value and headers, a few dozen headers' lengths included. */
const BATCH_OVERHEAD_BYTES = 512;

export interface Sized {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

/** Key, value and headers. */
export function recordBytes({ key, value, headers }: Sized): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += Buffer.byteLength(name) + (headers[name]?.length ?? 0);
  return bytes;
}

/** The largest record that a topic with this max.message.bytes takes. */
export const maxRecordBytesOf = (maxMessageBytes: number): number => Math.max(1, maxMessageBytes - BATCH_OVERHEAD_BYTES);

/** The max.message.bytes of a topic that takes records up to this size. */
export const maxMessageBytesOf = (maxRecordBytes: number): number => maxRecordBytes + BATCH_OVERHEAD_BYTES;
