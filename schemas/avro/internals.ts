/**
 * What our Avro types use of avsc beneath its typed surface: the cursor over the bytes, and the methods that a type
 * reads and writes itself with. avsc calls these on nested types, so a type of our own overrides them.
 */
import type avsc from 'avsc';

/** A cursor. Reads and writes beyond the buffer only move `pos`, and the caller sees that at the end. */
export interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeLong(value: number): void;
  readString(): string | undefined;
  skipString(): void;
}

export interface Readable {
  _read(tap: Tap): unknown;
}

export interface Codec extends Readable {
  _skip(tap: Tap): void;
  _write(tap: Tap, value: unknown): void;
  _check(value: unknown, flags: unknown, hook?: CheckHook, path?: string[]): boolean;
}

export type CheckHook = (value: unknown, type: avsc.Type) => void;

/** Reads a writer's values as a reader's; avsc freezes it once `_update` has set `_read`. */
export interface MutableResolver {
  itemsType?: Readable;
  _read?: (this: Readable & { readonly itemsType?: Readable }, tap: Tap) => unknown;
}

export const codecOf = (type: avsc.Type): avsc.Type & Codec => type as avsc.Type & Codec;

export const remaining = (tap: Tap): number => tap.buf.length - tap.pos;

/**
 * Size of the next block of an array or map; 0 ends it. Every item takes at least `bytesPerItem`, so a count that the
 * rest of the buffer cannot hold is refused before anything is allocated for it.
 */
export function readBlockSize(tap: Tap, bytesPerItem = 1): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.readLong();
  }
  if (count * bytesPerItem > remaining(tap)) throw new RangeError(`a block claims ${count} items, but ${Math.max(0, remaining(tap))} bytes are left`);
  return count;
}

/** Skips all blocks of an array or map; `skipItem` skips one item where a block does not state its size in bytes. */
export function skipBlocks(tap: Tap, skipItem: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    const bytes = count < 0 ? tap.readLong() : 0;
    if (bytes < 0 || Math.max(count, bytes) > remaining(tap)) throw new RangeError(`a block claims ${Math.max(Math.abs(count), bytes)} items or bytes, but ${Math.max(0, remaining(tap))} bytes are left`);
    if (count < 0) tap.pos += bytes;
    else while (count-- > 0) skipItem();
  }
}
