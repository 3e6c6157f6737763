/** Outgoing records into one record batch, up to a limit of bytes before compression: sizes first, then once through one buffer. */
import type { OutgoingRecord } from '../../../ports/index.ts';
import { CODEC_NUMBERS, compress, type CodecName } from '../codecs.ts';
import { crc32c } from './crc32c.ts';
import { AT, ATTRIBUTES, LENGTH_END, MAGIC } from './layout.ts';
import { varintSize, writeInt64, writeVarint } from './numbers.ts';

export interface BatchOptions {
  readonly compression: CodecName | 'none';
  readonly maxBytes: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of the first record, in its partition. */
  readonly firstSequence: number;
  readonly transactional: boolean;
}

export interface EncodedBatch {
  readonly bytes: Buffer;
  /** Records taken. */
  readonly count: number;
}

const sizeOfBytes = (bytes: Buffer | null): number => (bytes === null ? 1 : varintSize(bytes.length) + bytes.length);

/** Of what follows the record's length. */
function sizeOfBody({ timestampMs, key, value, headers }: OutgoingRecord, index: number, firstTimestamp: number): number {
  let size = 1 + varintSize(timestampMs - firstTimestamp) + varintSize(index) + sizeOfBytes(key) + sizeOfBytes(value);
  let count = 0;
  for (const name in headers) {
    const length = Buffer.byteLength(name);
    size += varintSize(length) + length + sizeOfBytes(headers[name] ?? null);
    count += 1;
  }
  return size + varintSize(count);
}

function writeBytes(into: Buffer, bytes: Buffer | null, at: number): number {
  if (bytes === null) return writeVarint(into, -1, at);
  const start = writeVarint(into, bytes.length, at);
  return start + bytes.copy(into, start);
}

function writeRecord(into: Buffer, { timestampMs, key, value, headers }: OutgoingRecord, index: number, firstTimestamp: number, size: number, start: number): number {
  let at = writeVarint(into, size, start);
  into[at++] = 0; // Attributes, of which none is in use.
  at = writeVarint(into, timestampMs - firstTimestamp, at);
  at = writeVarint(into, index, at);
  at = writeBytes(into, key, at);
  at = writeBytes(into, value, at);
  const names = Object.keys(headers);
  at = writeVarint(into, names.length, at);
  for (const name of names) {
    at = writeVarint(into, Buffer.byteLength(name), at);
    at += into.write(name, at);
    at = writeBytes(into, headers[name] ?? null, at);
  }
  return at;
}

/** Takes from `from` on as many records as fit, and always one. */
export async function encodeBatch(records: readonly OutgoingRecord[], from: number, options: BatchOptions): Promise<EncodedBatch> {
  const { compression, maxBytes, producerId, producerEpoch, firstSequence, transactional } = options;
  const firstTimestamp = records[from]?.timestampMs ?? 0;
  let maxTimestamp = firstTimestamp;
  let total: number = AT.records;
  const sizes: number[] = [];
  for (let i = from; i < records.length; i += 1) {
    const record = records[i];
    if (record === undefined) break;
    const size = sizeOfBody(record, sizes.length, firstTimestamp);
    const whole = varintSize(size) + size;
    if (sizes.length > 0 && total + whole > maxBytes) break;
    total += whole;
    sizes.push(size);
    if (record.timestampMs > maxTimestamp) maxTimestamp = record.timestampMs;
  }
  let bytes = Buffer.allocUnsafe(total);
  let at: number = AT.records;
  for (let i = 0; i < sizes.length; i += 1) {
    const record = records[from + i];
    const size = sizes[i];
    if (record !== undefined && size !== undefined) at = writeRecord(bytes, record, i, firstTimestamp, size, at);
  }
  if (compression !== 'none') bytes = Buffer.concat([bytes.subarray(0, AT.records), await compress(compression, bytes.subarray(AT.records))]);

  writeInt64(bytes, 0, AT.firstOffset); // The broker gives it.
  bytes.writeInt32BE(bytes.length - LENGTH_END, AT.length);
  bytes.writeInt32BE(-1, AT.leaderEpoch); // The broker's, too.
  bytes.writeInt8(MAGIC, AT.magic);
  bytes.writeInt16BE((compression === 'none' ? 0 : CODEC_NUMBERS[compression]) | (transactional ? ATTRIBUTES.transactional : 0), AT.attributes);
  bytes.writeInt32BE(sizes.length - 1, AT.lastOffsetDelta);
  writeInt64(bytes, firstTimestamp, AT.firstTimestamp);
  writeInt64(bytes, maxTimestamp, AT.maxTimestamp);
  writeInt64(bytes, producerId, AT.producerId);
  bytes.writeInt16BE(producerEpoch, AT.producerEpoch);
  bytes.writeInt32BE(firstSequence, AT.firstSequence);
  bytes.writeInt32BE(sizes.length, AT.count);
  bytes.writeUInt32BE(crc32c(bytes.subarray(AT.attributes)), AT.crc);
  return { bytes, count: sizes.length };
}
