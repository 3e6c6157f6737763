/**
 * One value a key and window. Keys start with the segment of time that their window falls in, so that a window that is
 * older than retention is removed with its segment, by a range, and nothing else is looked at:
 *
 *     segment start (6) | length of key (4) | key | window start (6)
 */
import { MillraceError } from '../connectors/ports/index.ts';
import type { WriteOp } from '../connectors/ports/index.ts';
import { decode } from './decode.ts';
import { TIME_BYTES, encodeTime, prefixEnd, readTime, withPrefix, writeTime } from './keys.ts';
import type { Layer, LayeredMap } from './layered-map.ts';
import type { WindowStoreSpec } from './specs.ts';
import type { WriteSampler } from './store-observer.ts';

const LENGTH_BYTES = 4;
/** Windows of former epochs that one commit removes. */
const MAX_EXPIRED_PER_SEAL = 1_000;

export interface WindowStore<K, V> {
  readonly name: string;
  /** The newest window start that was put: what retention counts from. */
  readonly streamTimeMs: number;
  /** `false`, and nothing is stored, when the window is older than retention. */
  put(key: K, value: V, windowStartMs: number): boolean;
  delete(key: K, windowStartMs: number): void;
  fetch(key: K, windowStartMs: number): Promise<V | undefined>;
  /** Windows of one key that start in [fromMs, toMs], by time. */
  fetchRange(key: K, fromMs: number, toMs: number): AsyncIterable<readonly [windowStartMs: number, value: V]>;
  /** Windows of all keys that start in [fromMs, toMs]: segment by segment, and by key within one. */
  fetchAll(fromMs: number, toMs: number): AsyncIterable<readonly [key: K, windowStartMs: number, value: V]>;
}

export class LayeredWindowStore<K, V> implements WindowStore<K, V> {
  readonly name: string;
  readonly #spec: WindowStoreSpec<K, V>;
  readonly #map: LayeredMap;
  readonly #sampler: WriteSampler;
  #streamTimeMs: number;
  /** Stream time as of the newest sealed epoch, and as later ones moved it: they may run already. */
  #sealedTimeMs: number;
  readonly #movedBy = new Map<number, number>();
  /** Everything before this key has been removed. */
  #next = encodeTime(0);

  constructor(spec: WindowStoreSpec<K, V>, map: LayeredMap, sampler: WriteSampler, streamTimeMs: number) {
    this.name = spec.name;
    this.#spec = spec;
    this.#map = map;
    this.#sampler = sampler;
    this.#streamTimeMs = streamTimeMs;
    this.#sealedTimeMs = streamTimeMs;
  }

  get streamTimeMs(): number {
    return this.#streamTimeMs;
  }

  put(key: K, value: V, windowStartMs: number): boolean {
    if (!Number.isSafeInteger(windowStartMs) || windowStartMs < 0) {
      throw new MillraceError('MILL_SERIALIZATION', `A window of store ${this.name} must start at whole milliseconds since 1970, and starts at ${windowStartMs}.`);
    }
    if (windowStartMs > this.#streamTimeMs) {
      this.#streamTimeMs = windowStartMs;
      this.#movedBy.set(this.#map.openEpoch, windowStartMs);
    }
    if (windowStartMs < this.#oldestMs) return false;
    const begun = this.#sampler.begin();
    this.#map.set(this.#map.key(this.#key(key, windowStartMs)), this.#spec.value.serialize(value));
    this.#sampler.end(begun);
    return true;
  }

  delete(key: K, windowStartMs: number): void {
    if (windowStartMs >= this.#oldestMs) this.#map.set(this.#map.key(this.#key(key, windowStartMs)), null);
  }

  async fetch(key: K, windowStartMs: number): Promise<V | undefined> {
    if (windowStartMs < this.#oldestMs) return undefined;
    const [bytes] = await this.#map.getMany([this.#map.key(this.#key(key, windowStartMs))]);
    return bytes === undefined ? undefined : decode(this.#spec.value, bytes);
  }

  async *fetchRange(key: K, fromMs: number, toMs: number): AsyncIterable<readonly [windowStartMs: number, value: V]> {
    for (const segment of this.#segments(fromMs, toMs)) {
      const gte = this.#key(key, Math.max(segment, fromMs, this.#oldestMs));
      const lt = this.#key(key, Math.min(segment + this.#spec.segmentMs, toMs + 1));
      // The bounds name their own segment; the range lies in this one.
      for await (const [bytes, value] of this.#map.iterate({ gte: inSegment(gte, segment), lt: inSegment(lt, segment) })) {
        yield [readTime(bytes, bytes.length - TIME_BYTES), await decode(this.#spec.value, value)];
      }
    }
  }

  async *fetchAll(fromMs: number, toMs: number): AsyncIterable<readonly [key: K, windowStartMs: number, value: V]> {
    for (const segment of this.#segments(fromMs, toMs)) {
      const gte = encodeTime(segment);
      for await (const [bytes, value] of this.#map.iterate({ gte, lt: prefixEnd(gte) })) {
        const windowStartMs = readTime(bytes, bytes.length - TIME_BYTES);
        if (windowStartMs < Math.max(fromMs, this.#oldestMs) || windowStartMs > toMs) continue;
        yield [await decode(this.#spec.key, bytes.subarray(TIME_BYTES + LENGTH_BYTES, -TIME_BYTES)), windowStartMs, await decode(this.#spec.value, value)];
      }
    }
  }

  /** Stream time as the epoch left it, which is what its commit must keep. To be asked epoch by epoch. */
  sealTime(epoch: number): number {
    this.#sealedTimeMs = this.#movedBy.get(epoch) ?? this.#sealedTimeMs;
    this.#movedBy.delete(epoch);
    return this.#sealedTimeMs;
  }

  /**
   * Deletions of windows whose whole segment is past retention at `streamTimeMs`, to follow the writes of `layer` in its
   * commit: those of this epoch at once, older ones a bounded number at a time. Keys of the ops get `prefix`.
   */
  async expire(layer: Layer, prefix: Buffer, streamTimeMs: number): Promise<WriteOp[]> {
    const ops: WriteOp[] = [];
    const keepFrom = encodeTime(this.#segmentOf(this.#oldestAt(streamTimeMs)));
    for (const { key: { bytes: key } } of layer.entries.values()) {
      if (keepFrom.compare(key, prefix.length, prefix.length + TIME_BYTES) > 0) ops.push({ type: 'del', key });
    }
    if (keepFrom.compare(this.#next) <= 0) return ops;
    let left = MAX_EXPIRED_PER_SEAL;
    for await (const [key] of this.#map.iterate({ gte: this.#next, lt: keepFrom, limit: left }, layer.epoch)) {
      ops.push({ type: 'del', key: withPrefix(prefix, key) });
      this.#next = withPrefix(key, Buffer.of(0));
      left--;
    }
    if (left > 0) this.#next = keepFrom;
    return ops;
  }

  get #oldestMs(): number {
    return this.#oldestAt(this.#streamTimeMs);
  }

  #oldestAt(streamTimeMs: number): number {
    return Math.max(0, streamTimeMs - this.#spec.retentionMs);
  }

  #segmentOf(timeMs: number): number {
    return timeMs - (timeMs % this.#spec.segmentMs);
  }

  *#segments(fromMs: number, toMs: number): Iterable<number> {
    const lastMs = Math.min(toMs, this.#streamTimeMs);
    for (let segment = this.#segmentOf(Math.max(fromMs, this.#oldestMs)); segment <= lastMs; segment += this.#spec.segmentMs) yield segment;
  }

  #key(key: K, windowStartMs: number): Buffer {
    const keyBytes = this.#spec.key.serialize(key);
    const bytes = Buffer.allocUnsafe(TIME_BYTES + LENGTH_BYTES + keyBytes.length + TIME_BYTES);
    writeTime(bytes, this.#segmentOf(windowStartMs), 0);
    bytes.writeUInt32BE(keyBytes.length, TIME_BYTES);
    bytes.set(keyBytes, TIME_BYTES + LENGTH_BYTES);
    return writeTime(bytes, windowStartMs, bytes.length - TIME_BYTES);
  }
}

const inSegment = (key: Buffer, segmentMs: number): Buffer => writeTime(key, segmentMs, 0);
