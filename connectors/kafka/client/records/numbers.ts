/** Numbers as Kafka writes them. Those of 64 bits are JavaScript numbers here: offsets, times and producer ids are far below 2^53. */
const TWO_TO_32 = 0x1_0000_0000;

export const readInt64 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * TWO_TO_32 + bytes.readUInt32BE(at + 4);

export function writeInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeInt32BE(Math.floor(value / TWO_TO_32), at);
  bytes.writeUInt32BE(((value % TWO_TO_32) + TWO_TO_32) % TWO_TO_32, at + 4);
}

/** Small ones of either sign become small ones without. */
const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);

/** Bytes that the number takes as a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** @returns where it ends */
export function writeVarint(bytes: Buffer, value: number, at: number): number {
  let end = at;
  let rest = zigzag(value);
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[end++] = (rest % 0x80) | 0x80;
  bytes[end++] = rest;
  return end;
}
