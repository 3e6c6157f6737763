/**
 * Consecutive records of one partition as one stored value: an async read brings hundreds, and a commit writes one key
 * a partition and not one a record. All numbers are varints (varint.ts); lengths are one up, so that 0 is null.
 *
 *     version (1) | first offset | count | lowest timestamp | highest timestamp - lowest
 *     then each record: timestamp - lowest | key length + 1 | key | value length + 1 | value | headers | (name length | name | value length | value)*
 */
import { MillraceError } from '../../ports/index.ts';
import type { LogRecord, OutgoingRecord, RecordHeaders, TopicPartition } from '../../ports/index.ts';
import { ByteReader, MAX_VARINT_BYTES, writeVarint } from './varint.ts';

const VERSION = 1;
const MAX_HEAD_BYTES = 1 + 4 * MAX_VARINT_BYTES;
/** Timestamp, key length, value length and the number of headers. */
const MAX_RECORD_OVERHEAD = 4 * MAX_VARINT_BYTES;
/** A batch is closed when it holds this much: a reader in its middle decodes little in vain. */
export const BATCH_BYTES = 64 << 10;

const NO_HEADERS: RecordHeaders = Object.freeze({});

export interface RecordBatch {
  readonly firstOffset: number;
  /** One past the last. */
  readonly endOffset: number;
  readonly bytes: Buffer;
}

/** An upper bound of what a record takes. */
function roomFor({ key, value, headers }: OutgoingRecord): number {
  let room = MAX_RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) room += 2 * MAX_VARINT_BYTES + 3 * name.length + (headers[name] as Buffer).length;
  return room;
}

function writeBytes(target: Buffer, bytes: Buffer, offset: number): number {
  target.set(bytes, offset);
  return offset + bytes.length;
}

const writeNullable = (target: Buffer, bytes: Buffer | null, offset: number): number =>
  (bytes === null ? writeVarint(target, 0, offset) : writeBytes(target, bytes, writeVarint(target, bytes.length + 1, offset)));

function writeRecord(target: Buffer, { timestampMs, key, value, headers }: OutgoingRecord, lowestMs: number, offset: number): number {
  let at = writeVarint(target, timestampMs - lowestMs, offset);
  at = writeNullable(target, key, at);
  at = writeNullable(target, value, at);
  const names = Object.keys(headers);
  at = writeVarint(target, names.length, at);
  for (const name of names) {
    const nameBytes = Buffer.from(name);
    at = writeBytes(target, nameBytes, writeVarint(target, nameBytes.length, at));
    const header = headers[name] as Buffer;
    at = writeBytes(target, header, writeVarint(target, header.length, at));
  }
  return at;
}

function encodeBatch(records: readonly OutgoingRecord[], firstOffset: number, room: number): RecordBatch {
  let lowestMs = Infinity;
  let highestMs = 0;
  for (const { timestampMs } of records) {
    lowestMs = Math.min(lowestMs, timestampMs);
    highestMs = Math.max(highestMs, timestampMs);
  }
  const target = Buffer.allocUnsafeSlow(MAX_HEAD_BYTES + room);
  target[0] = VERSION;
  let at = writeVarint(target, firstOffset, 1);
  at = writeVarint(target, records.length, at);
  at = writeVarint(target, lowestMs, at);
  at = writeVarint(target, highestMs - lowestMs, at);
  for (const record of records) at = writeRecord(target, record, lowestMs, at);
  return { firstOffset, endOffset: firstOffset + records.length, bytes: target.subarray(0, at) };
}

/** Records of one partition as batches, with offsets from `firstOffset`. */
export function encodeBatches(records: readonly OutgoingRecord[], firstOffset: number): RecordBatch[] {
  const batches: RecordBatch[] = [];
  let start = 0;
  let room = 0;
  records.forEach((record, index) => {
    const needs = roomFor(record);
    if (index > start && room + needs > BATCH_BYTES) {
      batches.push(encodeBatch(records.slice(start, index), firstOffset + start, room));
      start = index;
      room = 0;
    }
    room += needs;
  });
  if (start < records.length) batches.push(encodeBatch(records.slice(start), firstOffset + start, room));
  return batches;
}

function openReader(bytes: Buffer): ByteReader {
  if (bytes[0] !== VERSION) throw new MillraceError('MILL_STATE_CORRUPT', `A stored batch of records has the unknown version ${String(bytes[0])}.`);
  return new ByteReader(bytes, 1);
}

/** The highest timestamp of a batch, without its records. */
export function latestTimestamp(bytes: Buffer): number {
  const reader = openReader(bytes);
  reader.varint();
  reader.varint();
  return reader.varint() + reader.varint();
}

/** A stored batch with the offsets it covers. */
export function describeBatch(bytes: Buffer): RecordBatch {
  const reader = openReader(bytes);
  const firstOffset = reader.varint();
  return { firstOffset, endOffset: firstOffset + reader.varint(), bytes };
}

function readHeaders(reader: ByteReader): RecordHeaders {
  const count = reader.varint();
  if (count === 0) return NO_HEADERS;
  // Without a prototype, a header may have any name.
  const headers = Object.create(null) as Record<string, Buffer>;
  for (let index = 0; index < count; index++) {
    const name = reader.take(reader.varint()).toString();
    headers[name] = reader.take(reader.varint());
  }
  return headers;
}

function skipRecord(reader: ByteReader): void {
  reader.varint();
  for (let field = 0; field < 2; field++) reader.skip(Math.max(0, reader.varint() - 1));
  for (let fields = 2 * reader.varint(); fields > 0; fields--) reader.skip(reader.varint());
}

/** Decodes the batch's records from `offset` on, until `accept` refuses one. @returns whether it went on to the end */
export function decodeBatch({ topic, partition }: TopicPartition, bytes: Buffer, offset: number, accept: (record: LogRecord, size: number) => boolean): boolean {
  const reader = openReader(bytes);
  const firstOffset = reader.varint();
  const count = reader.varint();
  const lowestMs = reader.varint();
  reader.varint();
  const wanted = Math.max(0, offset - firstOffset);
  for (let index = 0; index < Math.min(wanted, count); index++) skipRecord(reader);
  for (let index = wanted; index < count; index++) {
    const timestampMs = lowestMs + reader.varint();
    const keyLength = reader.varint();
    const key = keyLength === 0 ? null : reader.take(keyLength - 1);
    const valueLength = reader.varint();
    const value = valueLength === 0 ? null : reader.take(valueLength - 1);
    const headers = readHeaders(reader);
    if (!accept({ topic, partition, offset: firstOffset + index, timestampMs, key, value, headers }, keyLength + valueLength)) return false;
  }
  return true;
}
