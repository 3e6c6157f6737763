/** Record batches (format 2) as a Fetch response holds them, into records: once through one buffer, keys and values as views of it. */
import { MillraceError, type LogRecord, type RecordHeaders } from '../../../../ports/index.ts';
import { decompress } from '../../codecs.ts';
import { Cursor } from './cursor.ts';
import { ATTRIBUTES, BATCH_HEAD_BYTES, MAGIC } from './format.ts';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface DecodeRequest {
  readonly topic: string;
  readonly partition: number;
  /** What lies below is left out: batches are whole, whatever offset was asked for. */
  readonly offset: number;
  /** Under read_committed, in the order of their first offsets. */
  readonly aborted: readonly AbortedTransaction[];
}

const NO_HEADERS: RecordHeaders = Object.freeze({});
const EMPTY = Buffer.alloc(0);
/** Of a control record's key, after its version: the transaction was aborted. */
const ABORT = 0;

function readHeaders(cursor: Cursor): RecordHeaders {
  const count = cursor.varint();
  if (count === 0) return NO_HEADERS;
  const headers: Record<string, Buffer> = {};
  for (let i = 0; i < count; i++) {
    const name = cursor.text(cursor.varint());
    const length = cursor.varint();
    const value = length < 0 ? EMPTY : cursor.slice(length);
    if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
    else headers[name] = value;
  }
  return headers;
}

/** Records of one partition's part of a response, and the offset after its last batch. Waits for nothing but decompression. */
export async function decodeBatches(bytes: Buffer, { topic, partition, offset: from, aborted }: DecodeRequest): Promise<{ records: LogRecord[]; nextOffset: number }> {
  const records: LogRecord[] = [];
  const abortedProducers = new Set<number>();
  let nextAborted = 0;
  let nextOffset = from;
  const head = new Cursor(bytes);
  while (head.at + BATCH_HEAD_BYTES <= bytes.length) {
    const firstOffset = head.int64();
    const length = head.int32();
    const end = head.at + length;
    if (end > bytes.length) break; // Cut off at the limit of bytes.
    head.at += 4; // Leader epoch.
    if (head.int8() !== MAGIC) throw new MillraceError('MILL_KAFKA_FAILED', `${topic}/${partition} at ${firstOffset}: a record format of before Kafka 0.11.`);
    head.at += 4; // CRC, which the broker has checked.
    const attributes = head.int16();
    const lastOffset = firstOffset + head.int32();
    const firstTimestamp = head.int64();
    const maxTimestamp = head.int64();
    const producerId = head.int64();
    head.at += 6; // Producer epoch, first sequence.
    const count = head.int32();

    for (let next = aborted[nextAborted]; next !== undefined && next.firstOffset <= lastOffset; next = aborted[++nextAborted]) abortedProducers.add(next.producerId);
    if ((attributes & ATTRIBUTES.control) !== 0) {
      if (count > 0 && controlType(new Cursor(bytes, head.at)) === ABORT) abortedProducers.delete(producerId);
    } else if (!((attributes & ATTRIBUTES.transactional) !== 0 && abortedProducers.has(producerId))) {
      const codec = attributes & ATTRIBUTES.codec;
      const cursor = codec === 0 ? head : new Cursor(await decompress(codec, bytes.subarray(head.at, end)));
      const appendTime = (attributes & ATTRIBUTES.logAppendTime) !== 0;
      for (let i = 0; i < count; i++) {
        const recordEnd = cursor.varint() + cursor.at;
        cursor.at++; // Attributes, unused.
        const timestampDelta = cursor.varint();
        const offset = firstOffset + cursor.varint();
        if (offset >= from) {
          const keyLength = cursor.varint();
          const key = keyLength < 0 ? null : cursor.slice(keyLength);
          const valueLength = cursor.varint();
          const value = valueLength < 0 ? null : cursor.slice(valueLength);
          records.push({ topic, partition, offset, timestampMs: appendTime ? maxTimestamp : firstTimestamp + timestampDelta, key, value, headers: readHeaders(cursor) });
        }
        cursor.at = recordEnd;
      }
    }
    head.at = end;
    nextOffset = Math.max(nextOffset, lastOffset + 1);
  }
  return { records, nextOffset };
}

/** Of a control batch's only record. */
function controlType(cursor: Cursor): number {
  cursor.varint(); // Length.
  cursor.at++;
  cursor.varint(); // Timestamp.
  cursor.varint(); // Offset.
  cursor.varint(); // Length of the key: a version and a type.
  cursor.at += 2;
  return cursor.int16();
}
