/**
 * `array<float>` as a Float32Array: one copy of bytes instead of a call for each number. Avro's float is IEEE 754
 * little-endian, as is the memory of every machine that Node runs on but IBM's s390x.
 */
import avsc from 'avsc';
import { readBlockSize, remaining, skipBlocks, type CheckHook, type MutableResolver, type Readable, type Tap } from './internals.ts';

const FLOAT_BYTES = 4;

export class FloatVector extends avsc.types.ArrayType {
  _read(tap: Tap): Float32Array {
    return readFloats(tap);
  }

  _skip(tap: Tap): void {
    skipBlocks(tap, () => { tap.pos += FLOAT_BYTES; });
  }

  _write(tap: Tap, value: unknown): void {
    const vector = value instanceof Float32Array ? value : fromNumbers(value);
    if (vector.length > 0) {
      tap.writeLong(vector.length);
      const start = tap.pos;
      tap.pos += vector.byteLength;
      if (remaining(tap) >= 0) tap.buf.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), start);
    }
    tap.writeLong(0);
  }

  _check(value: unknown, _flags: unknown, hook?: CheckHook): boolean {
    const valid = value instanceof Float32Array || isNumbers(value);
    if (!valid) hook?.(value, this);
    return valid;
  }

  /** A writer may have had `array<int>` or another number that promotes to float. */
  _update(resolver: MutableResolver, writer: avsc.Type, options: object): void {
    if (!(writer instanceof avsc.types.ArrayType)) return;
    resolver.itemsType = this.itemsType.createResolver(writer.itemsType, options) as unknown as Readable;
    resolver._read = writer.itemsType.typeName === 'float' ? readFloats : readPromoted;
  }
}

function readFloats(tap: Tap): Float32Array {
  let vector = new Float32Array(0);
  for (let count = readBlockSize(tap, FLOAT_BYTES); count !== 0; count = readBlockSize(tap, FLOAT_BYTES)) {
    const start = vector.length;
    vector = grown(vector, count);
    tap.buf.copy(new Uint8Array(vector.buffer), start * FLOAT_BYTES, tap.pos, tap.pos + count * FLOAT_BYTES);
    tap.pos += count * FLOAT_BYTES;
  }
  return vector;
}

function readPromoted(this: { readonly itemsType?: Readable }, tap: Tap): Float32Array {
  let vector = new Float32Array(0);
  for (let count = readBlockSize(tap); count !== 0; count = readBlockSize(tap)) {
    const start = vector.length;
    vector = grown(vector, count);
    for (let index = start; index < vector.length; index++) vector[index] = this.itemsType?._read(tap) as number;
  }
  return vector;
}

function grown(vector: Float32Array<ArrayBuffer>, by: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(vector.length + by);
  larger.set(vector);
  return larger;
}

const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every((item) => typeof item === 'number');

function fromNumbers(value: unknown): Float32Array {
  if (!isNumbers(value)) throw new TypeError('not a vector of numbers');
  return Float32Array.from(value);
}
