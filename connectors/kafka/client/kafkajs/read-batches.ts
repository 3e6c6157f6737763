/**
 * Records out of the batches of a Fetch answer (message format 2), without aborted and control records.
 *
 * kafkajs' own decoder is not used: it forgets the batches' ranges, so that a reader cannot get past what compaction or
 * a transaction has left empty, and it makes several objects for each record.
 */
import { MillraceError, type LogRecord, type RecordHeaders, type TopicPartition } from '../../../ports/index.ts';
import { decompress } from '../codecs.ts';
import { AT, CODEC_MASK, CONTROL, LENGTH_END, LOG_APPEND_TIME, MAGIC, readInt64, TRANSACTIONAL } from './batch-layout.ts';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

const NO_HEADERS: RecordHeaders = Object.freeze({});

/** Reads forward; a record's numbers are zigzag varints. */
class Cursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  varint(): number {
    let byte = this.#next();
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = this.#next();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytesOrNull(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('a record ends beyond its batch');
    return this.bytes.subarray(start, this.at);
  }

  #next(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RangeError('a record ends beyond its batch');
    this.at += 1;
    return byte;
  }
}

function readHeaders(cursor: Cursor): RecordHeaders {
  const count = cursor.varint();
  if (count === 0) return NO_HEADERS;
  const headers: Record<string, Buffer> = {};
  for (let i = 0; i < count; i += 1) {
    const name = cursor.bytesOrNull()?.toString() ?? '';
    const value = cursor.bytesOrNull() ?? Buffer.alloc(0);
    if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
    else headers[name] = value;
  }
  return headers;
}

interface Batch {
  readonly bytes: Buffer;
  readonly attributes: number;
  readonly baseOffset: number;
}

async function readBatch({ bytes, attributes, baseOffset }: Batch, { topic, partition }: TopicPartition, from: number, into: LogRecord[]): Promise<void> {
  const count = bytes.readInt32BE(AT.count);
  if (count === 0) return;
  const codec = attributes & CODEC_MASK;
  const cursor = codec === 0 ? new Cursor(bytes, AT.records) : new Cursor(await decompress(codec, bytes.subarray(AT.records)), 0);
  const baseTimestamp = readInt64(bytes, AT.baseTimestamp);
  const appendTime = (attributes & LOG_APPEND_TIME) === 0 ? undefined : readInt64(bytes, AT.maxTimestamp);
  for (let left = count; left > 0; left -= 1) {
    const length = cursor.varint();
    const end = cursor.at + length;
    cursor.at += 1; // attributes, of which none is in use
    const timestampDelta = cursor.varint();
    const offset = baseOffset + cursor.varint();
    if (offset >= from) {
      const key = cursor.bytesOrNull();
      const value = cursor.bytesOrNull();
      into.push({ topic, partition, offset, timestampMs: appendTime ?? baseTimestamp + timestampDelta, key, value, headers: readHeaders(cursor) });
    }
    cursor.at = end;
  }
}

/** A control record's key is a version and a type, two bytes each: 0 ends an aborted transaction. */
const isAbortMarker = (bytes: Buffer): boolean => {
  const cursor = new Cursor(bytes, AT.records);
  cursor.varint();
  cursor.at += 1;
  cursor.varint();
  cursor.varint();
  const key = cursor.bytesOrNull();
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
};

export interface ReadRecords {
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
}

/**
 * @param set batches one after the other, the last maybe cut short
 * @param aborted transactions whose records are among them
 * @param from records before it are left out: a batch is answered whole
 */
export async function readRecords(set: Buffer, aborted: readonly AbortedTransaction[], source: TopicPartition, from: number): Promise<ReadRecords> {
  const records: LogRecord[] = [];
  const toCome = [...aborted].sort((a, b) => b.firstOffset - a.firstOffset);
  const aborting = new Set<number>();
  let nextOffset = from;
  for (let at = 0; at + AT.records <= set.length;) {
    const end = at + LENGTH_END + set.readInt32BE(at + AT.length);
    if (end > set.length) break;
    const bytes = set.subarray(at, end);
    at = end;
    if (bytes.readInt8(AT.magic) !== MAGIC) {
      throw new MillraceError('MILL_KAFKA_FAILED', `${source.topic}/${source.partition} has records in a message format of before Kafka 0.11, which is not read.`);
    }
    const attributes = bytes.readInt16BE(AT.attributes);
    const baseOffset = readInt64(bytes, 0);
    const lastOffset = baseOffset + bytes.readInt32BE(AT.lastOffsetDelta);
    const producerId = readInt64(bytes, AT.producerId);
    for (let next = toCome.at(-1); next !== undefined && next.firstOffset <= lastOffset; next = toCome.at(-1)) {
      aborting.add(next.producerId);
      toCome.pop();
    }
    if ((attributes & CONTROL) !== 0) {
      if (bytes.readInt32BE(AT.count) > 0 && isAbortMarker(bytes)) aborting.delete(producerId);
    } else if ((attributes & TRANSACTIONAL) === 0 || !aborting.has(producerId)) {
      await readBatch({ bytes, attributes, baseOffset }, source, from, records);
    }
    nextOffset = Math.max(nextOffset, lastOffset + 1);
  }
  return { records, nextOffset };
}
