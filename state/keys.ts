/** Byte keys: prefixes, times that sort, and the ends of ranges. */
import { MillraceError } from '../connectors/ports/index.ts';

/** Times are 48-bit big-endian milliseconds: they sort as bytes and last until the year 10889. */
export const TIME_BYTES = 6;
const MAX_TIME = 2 ** 48 - 1;

export function encodeTime(timeMs: number): Buffer {
  return writeTime(Buffer.allocUnsafe(TIME_BYTES), timeMs, 0);
}

export function writeTime(target: Buffer, timeMs: number, offset: number): Buffer {
  if (!Number.isSafeInteger(timeMs) || timeMs < 0 || timeMs > MAX_TIME) {
    throw new MillraceError('MILL_SERIALIZATION', `A time must be whole milliseconds since 1970, and is ${timeMs}.`);
  }
  target.writeUIntBE(timeMs, offset, TIME_BYTES);
  return target;
}

export const readTime = (bytes: Buffer, offset = 0): number => bytes.readUIntBE(offset, TIME_BYTES);

export function withPrefix(prefix: Buffer, key: Buffer): Buffer {
  const joined = Buffer.allocUnsafe(prefix.length + key.length);
  joined.set(prefix, 0);
  joined.set(key, prefix.length);
  return joined;
}

/** The first key after every key that starts with `prefix`. The prefix must have a byte below 0xff. */
export function prefixEnd(prefix: Buffer): Buffer {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) throw new RangeError('Nothing sorts after a prefix of 0xff bytes.');
  const end = Buffer.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] as number) + 1;
  return end;
}
