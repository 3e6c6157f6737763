/** Unsigned integers up to 2^53 in 7-bit groups, least first; a small number takes one byte. */
export const MAX_VARINT_BYTES = 8;

/** @returns the offset after it */
export function writeVarint(target: Buffer, value: number, offset: number): number {
  let rest = value;
  let at = offset;
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  target[at++] = rest;
  return at;
}

/** A cursor over bytes that were written by `writeVarint` and plain copies. */
export class ByteReader {
  readonly bytes: Buffer;
  #offset: number;

  constructor(bytes: Buffer, offset = 0) {
    this.bytes = bytes;
    this.#offset = offset;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.#offset++];
      if (byte === undefined) throw new RangeError('The bytes end inside a number.');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  skip(length: number): void {
    this.#offset += length;
  }

  take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.bytes.length) throw new RangeError('The bytes end inside a field.');
    const taken = this.bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }
}
