/**
 * Arrays and maps whose stated length is checked against the bytes that are there. avsc trusts the length: a record of
 * a dozen bytes could ask for gigabytes, or loop for hours.
 */
import avsc from 'avsc';
import { codecOf, readBlockSize, remaining, skipBlocks, type Readable, type Tap } from './internals.ts';

export class BoundedArray extends avsc.types.ArrayType {
  /** Also called on resolvers, whose `itemsType` reads the writer's items. */
  _read(this: { readonly itemsType: Readable }, tap: Tap): unknown[] {
    const items = this.itemsType;
    const values: unknown[] = [];
    for (let count = readBlockSize(tap); count !== 0; count = readBlockSize(tap)) {
      while (count-- > 0 && remaining(tap) >= 0) values.push(items._read(tap));
    }
    return values;
  }

  _skip(tap: Tap): void {
    const items = codecOf(this.itemsType);
    skipBlocks(tap, () => { items._skip(tap); });
  }
}

export class BoundedMap extends avsc.types.MapType {
  _read(this: { readonly valuesType: Readable }, tap: Tap): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (let count = readBlockSize(tap); count !== 0; count = readBlockSize(tap)) {
      while (count-- > 0 && remaining(tap) >= 0) setOwn(values, tap.readString() ?? '', this.valuesType._read(tap));
    }
    return values;
  }

  _skip(tap: Tap): void {
    const values = codecOf(this.valuesType as avsc.Type);
    skipBlocks(tap, () => {
      tap.skipString();
      values._skip(tap);
    });
  }
}

/** A key of the data, even `__proto__`, is only ever a key. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
