/** One value a key. With a time to live, an entry is gone for readers as soon as it expires, and removed soon after. */
import { decode, decodeMany } from './decode.ts';
import { expiryOf, stampValue, unstamp } from './expiry-index.ts';
import { prefixEnd } from './keys.ts';
import type { LayeredMap, MapKey, MapRange, Withdrawal } from './layered-map.ts';
import type { KeyValueStoreSpec } from './specs.ts';
import type { WriteSampler } from './store-observer.ts';

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

const FIRST_KEY = Buffer.alloc(0);

/** What deduplication needs besides. */
export interface MarkStore<K, V> extends KeyValueStore<K, V> {
  /** Puts `value` under each key that has no value yet, by one read of the backend; `undefined` for a key that has one. */
  putMissing(keys: readonly K[], value: V): Promise<(Withdrawal | undefined)[]>;
}

export class LayeredKeyValueStore<K, V> implements MarkStore<K, V> {
  readonly name: string;
  readonly #spec: KeyValueStoreSpec<K, V>;
  readonly #map: LayeredMap;
  readonly #sampler: WriteSampler;
  readonly #nowMs: () => number;

  constructor(spec: KeyValueStoreSpec<K, V>, map: LayeredMap, sampler: WriteSampler, nowMs: () => number) {
    this.name = spec.name;
    this.#spec = spec;
    this.#map = map;
    this.#sampler = sampler;
    this.#nowMs = nowMs;
  }

  async get(key: K): Promise<V | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: readonly K[]): Promise<(V | undefined)[]> {
    const found = await this.#map.getMany(keys.map((key) => this.#key(key)));
    const nowMs = this.#nowMs();
    return decodeMany(this.#spec.value, found.map((bytes) => (bytes === undefined || this.#expired(bytes, nowMs) ? undefined : this.#unstamped(bytes))));
  }

  put(key: K, value: V): void {
    const begun = this.#sampler.begin();
    this.#map.set(this.#key(key), this.#bytes(value));
    this.#sampler.end(begun);
  }

  putRevocable(key: K, value: V): Withdrawal {
    const begun = this.#sampler.begin();
    const withdrawal = this.#map.setRevocable(this.#key(key), this.#bytes(value));
    this.#sampler.end(begun);
    return withdrawal;
  }

  async putMissing(keys: readonly K[], value: V): Promise<(Withdrawal | undefined)[]> {
    const mapKeys = keys.map((key) => this.#key(key));
    const found = await this.#map.getMany(mapKeys);
    const nowMs = this.#nowMs();
    const bytes = this.#bytes(value);
    return mapKeys.map((key, index) => {
      // A key that comes twice is in a layer by now.
      const present = found[index] ?? this.#map.peek(key) ?? undefined;
      if (present !== undefined && !this.#expired(present, nowMs)) return undefined;
      const begun = this.#sampler.begin();
      const withdrawal = this.#map.setRevocable(key, bytes);
      this.#sampler.end(begun);
      return withdrawal;
    });
  }

  delete(key: K): void {
    const begun = this.#sampler.begin();
    this.#map.set(this.#key(key), null);
    this.#sampler.end(begun);
  }

  range(from: K | undefined, to: K | undefined, options: IterationOptions = {}): AsyncIterable<readonly [K, V]> {
    const { key } = this.#spec;
    return this.#iterate({ gte: from === undefined ? FIRST_KEY : key.serialize(from), lt: to === undefined ? undefined : key.serialize(to), ...options });
  }

  prefix(prefix: Buffer, options: IterationOptions = {}): AsyncIterable<readonly [K, V]> {
    return this.#iterate({ gte: prefix, lt: prefix.every((byte) => byte === 0xff) ? undefined : prefixEnd(prefix), ...options });
  }

  all(options: IterationOptions = {}): AsyncIterable<readonly [K, V]> {
    return this.#iterate({ gte: FIRST_KEY, ...options });
  }

  async *#iterate({ limit = Infinity, ...range }: MapRange): AsyncIterable<readonly [K, V]> {
    // Expired entries must not count, so a store with a time to live takes the limit here and not below.
    const nowMs = this.#nowMs();
    let left = limit;
    if (left <= 0) return;
    for await (const [key, bytes] of this.#map.iterate(this.#spec.ttlMs === undefined && limit !== Infinity ? { ...range, limit } : range)) {
      if (this.#expired(bytes, nowMs)) continue;
      yield [await decode(this.#spec.key, key), await decode(this.#spec.value, this.#unstamped(bytes))];
      if (--left === 0) return;
    }
  }

  #key(key: K): MapKey {
    return this.#map.key(this.#spec.key.serialize(key));
  }

  #bytes(value: V): Buffer {
    const bytes = this.#spec.value.serialize(value);
    return this.#spec.ttlMs === undefined ? bytes : stampValue(this.#nowMs() + this.#spec.ttlMs, bytes);
  }

  #unstamped(bytes: Buffer): Buffer {
    return this.#spec.ttlMs === undefined ? bytes : unstamp(bytes);
  }

  #expired(bytes: Buffer, nowMs: number): boolean {
    return this.#spec.ttlMs !== undefined && expiryOf(bytes) <= nowMs;
  }
}
