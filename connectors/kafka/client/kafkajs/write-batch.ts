/**
 * A record batch (message format 2) of outgoing records. kafkajs' own encoder is not used: it makes an encoder for each
 * record and each header, and costs several times as much.
 */
import type { OutgoingRecord } from '../../../ports/index.ts';
import { CODEC_NUMBERS, compress, type CodecName } from '../codecs.ts';
import { AT, LENGTH_END, MAGIC, TRANSACTIONAL, varintSize, writeInt64, writeVarint } from './batch-layout.ts';
import { crc32c } from './crc32c.ts';

export interface BatchIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of the first record, in its partition. */
  readonly baseSequence: number;
  readonly transactional: boolean;
  readonly codec: 'none' | CodecName;
}

const bytesSize = (bytes: Buffer | null): number => (bytes === null ? varintSize(-1) : varintSize(bytes.length) + bytes.length);

function headersSize(headers: OutgoingRecord['headers']): number {
  let count = 0;
  let size = 0;
  for (const name in headers) {
    const length = Buffer.byteLength(name);
    count += 1;
    size += varintSize(length) + length + bytesSize(headers[name] ?? null);
  }
  return varintSize(count) + size;
}

/** Without the length in front of it. */
const recordSize = ({ key, value, headers }: OutgoingRecord, timestampDelta: number, offsetDelta: number): number =>
  1 + varintSize(timestampDelta) + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value) + headersSize(headers);

function writeBytes(into: Buffer, bytes: Buffer | null, at: number): number {
  if (bytes === null) return writeVarint(into, -1, at);
  const start = writeVarint(into, bytes.length, at);
  return start + bytes.copy(into, start);
}

function writeHeaders(into: Buffer, headers: OutgoingRecord['headers'], at: number): number {
  const names = Object.keys(headers);
  let to = writeVarint(into, names.length, at);
  for (const name of names) {
    to = writeVarint(into, Buffer.byteLength(name), to);
    to += into.write(name, to);
    to = writeBytes(into, headers[name] ?? null, to);
  }
  return to;
}

function writeRecords(records: readonly OutgoingRecord[], baseTimestamp: number, start: number): Buffer {
  const sizes = records.map((record, index) => recordSize(record, record.timestampMs - baseTimestamp, index));
  const into = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + varintSize(size) + size, start));
  let at = start;
  records.forEach((record, index) => {
    at = writeVarint(into, sizes[index] ?? 0, at);
    into[at] = 0; // attributes, of which none is in use
    at = writeVarint(into, record.timestampMs - baseTimestamp, at + 1);
    at = writeVarint(into, index, at);
    at = writeBytes(into, record.key, at);
    at = writeBytes(into, record.value, at);
    at = writeHeaders(into, record.headers, at);
  });
  return into;
}

/** At least one record. */
export async function writeBatch(records: readonly OutgoingRecord[], identity: BatchIdentity): Promise<Buffer> {
  const { producerId, producerEpoch, baseSequence, transactional, codec } = identity;
  const baseTimestamp = records[0]?.timestampMs ?? 0;
  const maxTimestamp = records.reduce((max, { timestampMs }) => Math.max(max, timestampMs), 0);
  let batch = writeRecords(records, baseTimestamp, AT.records);
  if (codec !== 'none') batch = Buffer.concat([batch.subarray(0, AT.records), await compress(codec, batch.subarray(AT.records))]);

  writeInt64(batch, 0, 0); // the broker gives the offset
  batch.writeInt32BE(batch.length - LENGTH_END, AT.length);
  batch.writeInt32BE(-1, AT.leaderEpoch);
  batch[AT.magic] = MAGIC;
  batch.writeInt16BE((codec === 'none' ? 0 : CODEC_NUMBERS[codec]) | (transactional ? TRANSACTIONAL : 0), AT.attributes);
  batch.writeInt32BE(records.length - 1, AT.lastOffsetDelta);
  writeInt64(batch, baseTimestamp, AT.baseTimestamp);
  writeInt64(batch, maxTimestamp, AT.maxTimestamp);
  writeInt64(batch, producerId, AT.producerId);
  batch.writeInt16BE(producerEpoch, AT.producerEpoch);
  batch.writeInt32BE(baseSequence, AT.baseSequence);
  batch.writeInt32BE(records.length, AT.count);
  batch.writeUInt32BE(crc32c(batch, AT.attributes, batch.length), AT.crc);
  return batch;
}
