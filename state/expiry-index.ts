/**
 * The time index of a store with a time to live. Each epoch adds a few rows, not one a key: a row lists up to 256 keys
 * that were put in that epoch, under the time at which the last of them expires. Expiry reads rows in order of time,
 * a bounded number a commit, and deletes the keys whose value was not refreshed since. Nothing scans the store.
 *
 * Row times only rise, so the next unread row is always behind the last one read, and expiry never walks over the
 * deletions that it left behind.
 */
import type { OrderedKeyValue, WriteOp } from '../connectors/ports/index.ts';
import { TIME_BYTES, encodeTime, readTime, withPrefix, writeTime } from './keys.ts';
import type { Layer, LayeredMap, MapKey } from './layered-map.ts';

const KEYS_PER_ROW = 256;
const LENGTH_BYTES = 4;
/** At least this many keys may expire in a commit; more when the epoch itself put more. */
const MIN_EXPIRED_PER_SEAL = 1_000;

/** A stored value starts with the time at which it expires. */
export const stampValue = (expiresMs: number, value: Buffer): Buffer => withPrefix(encodeTime(expiresMs), value);
export const expiryOf = (stamped: Buffer): number => readTime(stamped);
export const unstamp = (stamped: Buffer): Buffer => stamped.subarray(TIME_BYTES);

/** Names are keys as latin1 strings: see `MapKey`. */
function packKeys(names: readonly string[]): Buffer {
  const packed = Buffer.allocUnsafe(names.reduce((sum, name) => sum + LENGTH_BYTES + name.length, 0));
  let offset = 0;
  for (const name of names) {
    offset = packed.writeUInt32BE(name.length, offset);
    offset += packed.write(name, offset, 'latin1');
  }
  return packed;
}

function unpackKeys(packed: Buffer): Buffer[] {
  const keys: Buffer[] = [];
  for (let offset = 0; offset < packed.length;) {
    const end = offset + LENGTH_BYTES + packed.readUInt32BE(offset);
    keys.push(packed.subarray(offset + LENGTH_BYTES, end));
    offset = end;
  }
  return keys;
}

const rowKey = (timeMs: number, part: number): Buffer => {
  const key = writeTime(Buffer.allocUnsafe(TIME_BYTES + 4), timeMs, 0);
  key.writeUInt32BE(part, TIME_BYTES);
  return key;
};

export class ExpiryIndex {
  readonly #rows: OrderedKeyValue;
  readonly #rowPrefix: Buffer;
  readonly #data: LayeredMap;
  /** Time of the newest row. */
  #newestMs: number;
  /** Rows before this key have been dealt with. */
  #next = encodeTime(0);

  private constructor(rows: OrderedKeyValue, rowPrefix: Buffer, data: LayeredMap, newestMs: number) {
    this.#rows = rows;
    this.#rowPrefix = rowPrefix;
    this.#data = data;
    this.#newestMs = newestMs;
  }

  /** `rows` is the index's own key space, which lies at `rowPrefix` of the task's. */
  static async open(rows: OrderedKeyValue, rowPrefix: Buffer, data: LayeredMap): Promise<ExpiryIndex> {
    let newestMs = 0;
    for await (const [key] of rows.iterate({ gte: encodeTime(0), lt: Buffer.alloc(TIME_BYTES, 0xff), reverse: true, limit: 1 })) newestMs = readTime(key);
    return new ExpiryIndex(rows, rowPrefix, data, newestMs);
  }

  /** Index rows of an epoch's writes. */
  record(layer: Layer): WriteOp[] {
    const names: string[] = [];
    let expiresMs = 0;
    for (const { key, value } of layer.entries.values()) {
      if (value === null) continue;
      names.push(key.name);
      expiresMs = Math.max(expiresMs, expiryOf(value));
    }
    if (names.length === 0) return [];
    this.#newestMs = Math.max(expiresMs, this.#newestMs + 1);
    const ops: WriteOp[] = [];
    for (let at = 0; at < names.length; at += KEYS_PER_ROW) {
      ops.push({ type: 'put', key: withPrefix(this.#rowPrefix, rowKey(this.#newestMs, ops.length)), value: packKeys(names.slice(at, at + KEYS_PER_ROW)) });
    }
    return ops;
  }

  /** Deletions of what has expired by `nowMs`, to be committed with the epoch of `layer`. */
  async expire(layer: Layer, nowMs: number): Promise<WriteOp[]> {
    const limit = Math.max(MIN_EXPIRED_PER_SEAL, 2 * layer.entries.size);
    const due: MapKey[] = [];
    const ops: WriteOp[] = [];
    for await (const [key, packed] of this.#rows.iterate({ gte: this.#next, lt: encodeTime(nowMs + 1) })) {
      for (const dataKey of unpackKeys(packed)) due.push(this.#data.key(dataKey));
      ops.push({ type: 'del', key: withPrefix(this.#rowPrefix, key) });
      this.#next = withPrefix(key, Buffer.of(0));
      if (due.length >= limit) break;
    }
    const values = await this.#data.getMany(due, layer.epoch);
    due.forEach(({ name, bytes }, index) => {
      const value = values[index];
      // A key of this very layer is written in the same batch: its own entry has the say.
      if (value === undefined || expiryOf(value) > nowMs || layer.entries.has(name)) return;
      ops.push({ type: 'del', key: bytes });
    });
    return ops;
  }
}
