/** Reads Kafka's wire format from one buffer. Numbers of 64 bits are read as JavaScript numbers: offsets and times are far below 2^53. */
export class Cursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  int8(): number {
    return this.bytes.readInt8(this.at++);
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
    const value = this.bytes.readInt32BE(this.at) * 4_294_967_296 + this.bytes.readUInt32BE(this.at + 4);
    this.at += 8;
    return value;
  }

  /** Also what is longer than 32 bits, to 2^53. */
  unsignedVarint(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    byte = this.#byte();
    value |= (byte & 0x7f) << 7;
    if (byte < 0x80) return value;
    byte = this.#byte();
    value |= (byte & 0x7f) << 14;
    if (byte < 0x80) return value;
    let factor = 2 ** 21;
    do {
      byte = this.#byte();
      value += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    return value;
  }

  /** Zigzag. */
  varint(): number {
    const value = this.unsignedVarint();
    if (value < 2 ** 31) return (value >>> 1) ^ -(value & 1);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RangeError(`a byte at ${this.at} of ${this.bytes.length}`);
    this.at++;
    return byte;
  }

  slice(length: number): Buffer {
    const from = this.at;
    if (length < 0 || from + length > this.bytes.length) throw new RangeError(`${length} bytes at ${from} of ${this.bytes.length}`);
    this.at = from + length;
    return this.bytes.subarray(from, this.at);
  }

  text(length: number): string {
    return this.slice(length).toString('utf8');
  }
}
