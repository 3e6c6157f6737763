/** Reads Kafka's wire format forward through one buffer. @throws RangeError when it ends too early */
import { readInt64 } from './numbers.ts';

export class Cursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  int16(): number {
    const value = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  int64(): number {
    const value = readInt64(this.bytes, this.at);
    this.at += 8;
    return value;
  }

  /** Zigzag; to 2^53. */
  varint(): number {
    let byte = this.#byte();
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    byte = this.#byte();
    value |= (byte & 0x7f) << 7;
    let scale = 0x4000;
    for (; byte >= 0x80; scale *= 0x80) {
      byte = this.#byte();
      value += (byte & 0x7f) * scale;
    }
    if (scale <= 0x1000_0000) return (value >>> 1) ^ -(value & 1);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Of a length that has been read; a negative one stands for none. */
  bytesOrNull(length: number): Buffer | null {
    return length < 0 ? null : this.slice(length);
  }

  /** A view, no copy. */
  slice(length: number): Buffer {
    const from = this.at;
    const end = from + length;
    if (length < 0 || end > this.bytes.length) throw new RangeError(`${length} bytes at ${from} of ${this.bytes.length}`);
    this.at = end;
    return this.bytes.subarray(from, end);
  }

  text(length: number): string {
    return this.slice(length).toString('utf8');
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RangeError(`a byte at ${this.at} of ${this.bytes.length}`);
    this.at += 1;
    return byte;
  }
}
