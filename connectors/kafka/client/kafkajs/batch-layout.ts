/** Where things lie in a record batch of message format 2, and numbers as Kafka writes them. */

export const AT = {
  length: 8, leaderEpoch: 12, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23, baseTimestamp: 27, maxTimestamp: 35,
  producerId: 43, producerEpoch: 51, baseSequence: 53, count: 57, records: 61,
} as const;
/** The length counts from here on. */
export const LENGTH_END = 12;
export const MAGIC = 2;

export const CODEC_MASK = 0x07;
export const LOG_APPEND_TIME = 0x08;
export const TRANSACTIONAL = 0x10;
export const CONTROL = 0x20;

const TWO_TO_32 = 0x1_0000_0000;

/** Offsets, times and producer ids are within the safe integers. */
export const readInt64 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * TWO_TO_32 + bytes.readUInt32BE(at + 4);

export function writeInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeInt32BE(Math.floor(value / TWO_TO_32), at);
  bytes.writeUInt32BE(((value % TWO_TO_32) + TWO_TO_32) % TWO_TO_32, at + 4);
}

const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);

export function varintSize(value: number): number {
  let left = zigzag(value);
  let size = 1;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) size += 1;
  return size;
}

/** @returns where it ends */
export function writeVarint(bytes: Buffer, value: number, at: number): number {
  let left = zigzag(value);
  let to = at;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) {
    bytes[to] = (left % 0x80) | 0x80;
    to += 1;
  }
  bytes[to] = left;
  return to + 1;
}
