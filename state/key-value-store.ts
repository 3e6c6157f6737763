/** One value a key. With a time to live, an entry is gone for readers as soon as it expires, and removed soon after. */
import type { KeyRange } from '../connectors/ports/index.ts';
import { expiryOf, stampValue, unstamp } from './expiry-index.ts';
import { prefixEnd } from './keys.ts';
import type { LayeredMap, Withdrawal } from './layered-map.ts';
import type { KeyValueStoreSpec } from './specs.ts';

export interface IterationOptions {
  readonly reverse?: boolean;
  /** @default no limit */
  readonly limit?: number;
}

export interface KeyValueStore<K, V> {
  readonly name: string;
  get(key: K): Promise<V | undefined>;
  /** One read of the backend for all keys that the layers do not know: use it for a batch. */
  getMany(keys: readonly K[]): Promise<(V | undefined)[]>;
  /** The value is serialised at once: a later change of the object changes nothing here. */
  put(key: K, value: V): void;
  delete(key: K): void;
  /** Like `put`, but the write can be taken back until its epoch is sealed. */
  putRevocable(key: K, value: V): Withdrawal;
  /** Entries with keys in [from, to), in the byte order of serialised keys; `undefined` is no bound. */
  range(from: K | undefined, to: K | undefined, options?: IterationOptions): AsyncIterable<readonly [K, V]>;
  /** Entries whose serialised key starts with these bytes. */
  prefix(prefix: Buffer, options?: IterationOptions): AsyncIterable<readonly [K, V]>;
  all(options?: IterationOptions): AsyncIterable<readonly [K, V]>;
}

/** Serialised keys get one leading byte, so that an empty key is a key and every range has an end. */
const MARK = Buffer.of(0x01);
const END = Buffer.of(0x02);
const mark = (key: Buffer): Buffer => Buffer.concat([MARK, key]);

export class LayeredKeyValueStore<K, V> implements KeyValueStore<K, V> {
  readonly name: string;
  readonly #spec: KeyValueStoreSpec<K, V>;
  readonly #map: LayeredMap;
  readonly #nowMs: () => number;

  constructor(spec: KeyValueStoreSpec<K, V>, map: LayeredMap, nowMs: () => number) {
    this.name = spec.name;
    this.#spec = spec;
    this.#map = map;
    this.#nowMs = nowMs;
  }

  async get(key: K): Promise<V | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: readonly K[]): Promise<(V | undefined)[]> {
    const found = await this.#map.getMany(keys.map((key) => this.#key(key)));
    const nowMs = this.#nowMs();
    return found.map((bytes) => (bytes === undefined || this.#expired(bytes, nowMs) ? undefined : this.#value(bytes)));
  }

  put(key: K, value: V): void {
    this.#map.set(this.#key(key), this.#bytes(value));
  }

  putRevocable(key: K, value: V): Withdrawal {
    return this.#map.setRevocable(this.#key(key), this.#bytes(value));
  }

  delete(key: K): void {
    this.#map.set(this.#key(key), null);
  }

  range(from: K | undefined, to: K | undefined, options: IterationOptions = {}): AsyncIterable<readonly [K, V]> {
    return this.#iterate({ gte: from === undefined ? MARK : this.#key(from), lt: to === undefined ? END : this.#key(to), ...options });
  }

  prefix(prefix: Buffer, options: IterationOptions = {}): AsyncIterable<readonly [K, V]> {
    const gte = mark(prefix);
    return this.#iterate({ gte, lt: prefixEnd(gte), ...options });
  }

  all(options: IterationOptions = {}): AsyncIterable<readonly [K, V]> {
    return this.#iterate({ gte: MARK, lt: END, ...options });
  }

  async *#iterate({ limit = Infinity, ...range }: KeyRange): AsyncIterable<readonly [K, V]> {
    // Expired entries must not count, so a store with a time to live takes the limit here and not below.
    const nowMs = this.#nowMs();
    let left = limit;
    if (left <= 0) return;
    for await (const [key, bytes] of this.#map.iterate(this.#spec.ttlMs === undefined && limit !== Infinity ? { ...range, limit } : range)) {
      if (this.#expired(bytes, nowMs)) continue;
      yield [this.#spec.key.deserialize(key.subarray(MARK.length)), this.#value(bytes)];
      if (--left === 0) return;
    }
  }

  #key(key: K): Buffer {
    return mark(this.#spec.key.serialize(key));
  }

  #bytes(value: V): Buffer {
    const bytes = this.#spec.value.serialize(value);
    return this.#spec.ttlMs === undefined ? bytes : stampValue(this.#nowMs() + this.#spec.ttlMs, bytes);
  }

  #value(bytes: Buffer): V {
    return this.#spec.value.deserialize(this.#spec.ttlMs === undefined ? bytes : unstamp(bytes));
  }

  #expired(bytes: Buffer, nowMs: number): boolean {
    return this.#spec.ttlMs !== undefined && expiryOf(bytes) <= nowMs;
  }
}
