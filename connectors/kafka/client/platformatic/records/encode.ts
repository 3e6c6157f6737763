/** Records into one record batch (format 2), up to a limit of bytes before compression. */
import type { OutgoingRecord } from '../../../../ports/index.ts';
import type { Library } from '../library.ts';
import { CODEC_NUMBERS, compress, type CodecName } from '../../codecs.ts';
import { ATTRIBUTES, BATCH_HEAD_BYTES, CRC_FROM, MAGIC } from './format.ts';

export interface BatchOptions {
  readonly compression: CodecName | 'none';
  readonly maxBytes: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly transactional: boolean;
}

export interface EncodedBatch {
  readonly bytes: Buffer;
  /** Records taken. */
  readonly count: number;
}

const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);

function sizeOfUnsigned(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

const sizeOf = (value: number): number => sizeOfUnsigned(zigzag(value));

function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = zigzag(value);
  let end = at;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[end++] = (rest % 128) | 0x80;
  bytes[end++] = rest;
  return end;
}

const sizeOfBytes = (bytes: Buffer | null): number => (bytes === null ? 1 : sizeOf(bytes.length) + bytes.length);

function writeBytes(target: Buffer, at: number, bytes: Buffer | null): number {
  if (bytes === null) return writeVarint(target, at, -1);
  const from = writeVarint(target, at, bytes.length);
  bytes.copy(target, from);
  return from + bytes.length;
}

/** After the length. */
function bodySize(record: OutgoingRecord, index: number, firstTimestamp: number): number {
  let size = 1 + sizeOf(record.timestampMs - firstTimestamp) + sizeOf(index) + sizeOfBytes(record.key) + sizeOfBytes(record.value);
  let headers = 0;
  for (const name in record.headers) {
    const length = Buffer.byteLength(name);
    size += sizeOf(length) + length + sizeOfBytes(record.headers[name] ?? null);
    headers++;
  }
  return size + sizeOf(headers);
}

function writeRecord(target: Buffer, from: number, record: OutgoingRecord, index: number, firstTimestamp: number, size: number): number {
  let at = writeVarint(target, from, size);
  target[at++] = 0;
  at = writeVarint(target, at, record.timestampMs - firstTimestamp);
  at = writeVarint(target, at, index);
  at = writeBytes(target, at, record.key);
  at = writeBytes(target, at, record.value);
  const names = Object.keys(record.headers);
  at = writeVarint(target, at, names.length);
  for (const name of names) {
    const length = Buffer.byteLength(name);
    at = writeVarint(target, at, length);
    at += target.write(name, at);
    at = writeBytes(target, at, record.headers[name] ?? null);
  }
  return at;
}

/** Takes from `from` as many records as fit, and always one. */
export async function encodeBatch({ crc32c }: Pick<Library, 'crc32c'>, records: readonly OutgoingRecord[], from: number, options: BatchOptions): Promise<EncodedBatch> {
  const { compression, maxBytes, producerId, producerEpoch, firstSequence, transactional } = options;
  const firstTimestamp = records[from]?.timestampMs ?? 0;
  let maxTimestamp = firstTimestamp;
  const sizes: number[] = [];
  let total = BATCH_HEAD_BYTES;
  for (let i = from; i < records.length; i++) {
    const record = records[i];
    if (record === undefined) break;
    const size = bodySize(record, sizes.length, firstTimestamp);
    const whole = sizeOf(size) + size;
    if (sizes.length > 0 && total + whole > maxBytes) break;
    total += whole;
    sizes.push(size);
    if (record.timestampMs > maxTimestamp) maxTimestamp = record.timestampMs;
  }
  const count = sizes.length;
  let bytes = Buffer.allocUnsafe(total);
  let at = BATCH_HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    const record = records[from + i];
    const size = sizes[i];
    if (record !== undefined && size !== undefined) at = writeRecord(bytes, at, record, i, firstTimestamp, size);
  }
  if (compression !== 'none') bytes = Buffer.concat([bytes.subarray(0, BATCH_HEAD_BYTES), await compress(compression, bytes.subarray(BATCH_HEAD_BYTES))]);

  bytes.writeBigInt64BE(0n, 0); // First offset: the broker's.
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(-1, 12); // Leader epoch: the broker's.
  bytes.writeInt8(MAGIC, 16);
  bytes.writeInt16BE((compression === 'none' ? 0 : CODEC_NUMBERS[compression]) | (transactional ? ATTRIBUTES.transactional : 0), CRC_FROM);
  bytes.writeInt32BE(count - 1, 23);
  bytes.writeBigInt64BE(BigInt(firstTimestamp), 27);
  bytes.writeBigInt64BE(BigInt(maxTimestamp), 35);
  bytes.writeBigInt64BE(producerId, 43);
  bytes.writeInt16BE(producerEpoch, 51);
  bytes.writeInt32BE(firstSequence, 53);
  bytes.writeInt32BE(count, 57);
  bytes.writeUInt32BE(crc32c(bytes.subarray(CRC_FROM)), 17);
  return { bytes, count };
}
