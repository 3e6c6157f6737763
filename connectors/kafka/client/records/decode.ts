/**
 * Record batches of a Fetch answer into records, without aborted and control ones: once through the buffer, keys and
 * values as views of it. The libraries' own decoders forget the batches' ranges, so that a reader cannot get past what
 * compaction or a transaction has left empty, and make several objects for each record.
 */
import { MillraceError, type LogRecord, type RecordHeaders } from '../../../ports/index.ts';
import { decompress } from '../codecs.ts';
import { AbortedTransactions, type AbortedTransaction } from './aborted.ts';
import { crc32c } from './crc32c.ts';
import { Cursor } from './cursor.ts';
import { AT, ATTRIBUTES, LENGTH_END, MAGIC } from './layout.ts';
import { readInt64 } from './numbers.ts';

export interface DecodeRequest {
  readonly topic: string;
  readonly partition: number;
  /** What lies below is left out: batches are whole, whatever offset was asked for. */
  readonly offset: number;
  /** Under read_committed. */
  readonly aborted: readonly AbortedTransaction[];
}

export interface DecodedRecords {
  readonly records: readonly LogRecord[];
  /** After the last batch; the offset asked for where there is none. */
  readonly nextOffset: number;
}

const NO_HEADERS: RecordHeaders = Object.freeze({});
const EMPTY = Buffer.alloc(0);
/** Of a control record: the transaction was aborted. */
const ABORT = 0;

function readHeaders(cursor: Cursor): RecordHeaders {
  const count = cursor.varint();
  if (count === 0) return NO_HEADERS;
  const headers: Record<string, Buffer> = {};
  for (let left = count; left > 0; left -= 1) {
    const name = cursor.text(cursor.varint());
    const value = cursor.bytesOrNull(cursor.varint()) ?? EMPTY;
    if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
    else headers[name] = value;
  }
  return headers;
}

/** A control batch has one record, whose key is a version and a type, two bytes each. */
function controlTypeOf(batch: Buffer): number | undefined {
  if (batch.readInt32BE(AT.count) === 0) return undefined; // Compaction has removed it.
  const cursor = new Cursor(batch, AT.records);
  cursor.varint(); // Length.
  cursor.at += 1; // Attributes.
  cursor.varint(); // Timestamp.
  cursor.varint(); // Offset.
  return cursor.slice(cursor.varint()).readInt16BE(2);
}

async function readBatch(batch: Buffer, firstOffset: number, { topic, partition, offset: from }: DecodeRequest, into: LogRecord[]): Promise<void> {
  const attributes = batch.readInt16BE(AT.attributes);
  const codec = attributes & ATTRIBUTES.codec;
  const count = batch.readInt32BE(AT.count);
  if (count === 0) return;
  const cursor = codec === 0 ? new Cursor(batch, AT.records) : new Cursor(await decompress(codec, batch.subarray(AT.records)));
  const firstTimestamp = readInt64(batch, AT.firstTimestamp);
  const appendTime = (attributes & ATTRIBUTES.logAppendTime) === 0 ? undefined : readInt64(batch, AT.maxTimestamp);
  for (let left = count; left > 0; left -= 1) {
    const length = cursor.varint();
    const end = cursor.at + length;
    cursor.at += 1; // Attributes, of which none is in use.
    const timestampDelta = cursor.varint();
    const offset = firstOffset + cursor.varint();
    if (offset >= from) {
      const key = cursor.bytesOrNull(cursor.varint());
      const value = cursor.bytesOrNull(cursor.varint());
      into.push({ topic, partition, offset, timestampMs: appendTime ?? firstTimestamp + timestampDelta, key, value, headers: readHeaders(cursor) });
      if (cursor.at !== end) throw new RangeError(`a record of ${length} bytes has others`);
    }
    cursor.at = end;
  }
}

/** Checks where the batch ends, its format and its checksum. @returns `undefined` when it is cut short, as the last one may be */
function takeBatch(bytes: Buffer, at: number): Buffer | undefined {
  if (at + AT.crc > bytes.length) return undefined;
  if (bytes.readInt8(at + AT.magic) !== MAGIC) throw new RangeError('it is in a format of before Kafka 0.11');
  const length = bytes.readInt32BE(at + AT.length);
  if (length < AT.records - LENGTH_END) throw new RangeError(`its length is ${length}`);
  const end = at + LENGTH_END + length;
  if (end > bytes.length) return undefined;
  const batch = bytes.subarray(at, end);
  if (crc32c(batch.subarray(AT.attributes)) !== batch.readUInt32BE(AT.crc)) throw new RangeError('its checksum is wrong');
  return batch;
}

/**
 * Waits for nothing but decompression.
 * @param bytes batches one after the other
 * @throws MillraceError MILL_KAFKA_FAILED when one cannot be read
 */
export async function decodeBatches(bytes: Buffer, request: DecodeRequest): Promise<DecodedRecords> {
  const records: LogRecord[] = [];
  const aborted = new AbortedTransactions(request.aborted);
  let nextOffset = request.offset;
  for (let at = 0; ;) {
    try {
      const batch = takeBatch(bytes, at);
      if (batch === undefined) return { records, nextOffset };
      at += batch.length;
      const attributes = batch.readInt16BE(AT.attributes);
      const firstOffset = readInt64(batch, AT.firstOffset);
      const lastOffset = firstOffset + batch.readInt32BE(AT.lastOffsetDelta);
      const producerId = readInt64(batch, AT.producerId);
      aborted.reach(lastOffset);
      if ((attributes & ATTRIBUTES.control) !== 0) {
        if (controlTypeOf(batch) === ABORT) aborted.end(producerId);
      } else if ((attributes & ATTRIBUTES.transactional) === 0 || !aborted.has(producerId)) {
        await readBatch(batch, firstOffset, request, records);
      }
      nextOffset = Math.max(nextOffset, lastOffset + 1);
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new MillraceError('MILL_KAFKA_FAILED', `${request.topic}/${request.partition} has a batch, at ${nextOffset} or later, that cannot be read: ${reason}`, { cause: error });
    }
  }
}
