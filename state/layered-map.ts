/**
 * One store's bytes as a task sees them: layers of writes that are not committed yet, over what is.
 *
 *     writes -> [ open layer ] [ layer of an epoch that awaits its seal ] [ sealed, being committed ] [ backend ]
 *     reads go from left to right and stop at the first layer that knows the key
 *
 * Each layer belongs to one epoch. A layer that is sealed never changes; it is dropped when its commit succeeded, and
 * all are dropped when the task closes dirty. A single write can be withdrawn until its layer is sealed.
 */
import { MillraceError } from '../connectors/ports/index.ts';
import type { KeyRange, KeyValueEntry, OrderedKeyValue, WriteOp } from '../connectors/ports/index.ts';
import { SortedMap } from './backends/sorted-map.ts';
import { prefixEnd, withPrefix } from './keys.ts';
import type { StoreObserver } from './store-observer.ts';

/** Takes one write back. */
export interface Withdrawal {
  /**
   * The former value shows again, and nothing of the write is committed. Does nothing when a later write of the same
   * epoch replaced it, or when the epoch is sealed.
   */
  withdraw(): void;
}

/** A key of the map, made once for the layers, which look for its name, and for the backend, which wants its bytes. */
export interface MapKey {
  /** The key as a latin1 string, which sorts as its bytes do. */
  readonly name: string;
  /** With the store's prefix, as it is written. */
  readonly bytes: Buffer;
}

/** Like `KeyRange`; without `lt` it goes to the end of the map. */
export type MapRange = Omit<KeyRange, 'lt'> & { readonly lt?: Buffer | undefined };

/** Sorts behind every name. */
const BEHIND_ALL_NAMES = '\u0100';

/** One write. There is one for each record on hot paths, so it is its own withdrawal, without a closure. */
class Entry implements Withdrawal {
  readonly key: MapKey;
  /** `null` for a deletion. */
  readonly value: Buffer | null;
  readonly #layer: Layer;
  /** What shows again when this write is withdrawn. */
  readonly #previous: Entry | undefined;
  #withdrawn = false;

  constructor(layer: Layer, key: MapKey, value: Buffer | null, previous: Entry | undefined) {
    this.#layer = layer;
    this.key = key;
    this.value = value;
    this.#previous = previous;
  }

  withdraw(): void {
    if (this.#layer.sealed) return;
    this.#withdrawn = true;
    if (this.#layer.entries.get(this.key.name) !== this) return;
    let previous = this.#previous;
    while (previous !== undefined && previous.#withdrawn) previous = previous.#previous;
    this.#layer.restore(this, previous);
  }
}

const sizeOf = ({ key, value }: Entry): number => key.bytes.length + (value?.length ?? 0);

export class Layer {
  readonly epoch: number;
  readonly entries = new Map<string, Entry>();
  sealed = false;
  bytes = 0;
  /** Built when a range is first read. */
  #sorted: SortedMap<Entry> | undefined;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  set(key: MapKey, value: Buffer | null): void {
    this.#replace(this.entries.get(key.name), new Entry(this, key, value, undefined));
  }

  setRevocable(key: MapKey, value: Buffer): Withdrawal {
    const previous = this.entries.get(key.name);
    const entry = new Entry(this, key, value, previous);
    this.#replace(previous, entry);
    return entry;
  }

  /** Has `previous`, or nothing, where `entry` is. */
  restore(entry: Entry, previous: Entry | undefined): void {
    if (previous !== undefined) {
      this.#replace(entry, previous);
      return;
    }
    this.bytes -= sizeOf(entry);
    this.entries.delete(entry.key.name);
    this.#sorted?.delete(entry.key.name);
  }

  range(gte: string, lt: string): Iterable<readonly [string, Entry]> {
    if (this.#sorted === undefined) {
      this.#sorted = new SortedMap();
      for (const [name, entry] of this.entries) this.#sorted.set(name, entry);
    }
    return this.#sorted.entries(gte, lt);
  }

  *ops(): Iterable<WriteOp> {
    for (const { key: { bytes: key }, value } of this.entries.values()) yield value === null ? { type: 'del', key } : { type: 'put', key, value };
  }

  #replace(replaced: Entry | undefined, entry: Entry): void {
    this.bytes += sizeOf(entry) - (replaced === undefined ? 0 : sizeOf(replaced));
    this.entries.set(entry.key.name, entry);
    this.#sorted?.set(entry.key.name, entry);
  }
}

const nameOf = (key: Buffer): string => key.toString('latin1');

export class LayeredMap {
  readonly #backend: OrderedKeyValue;
  readonly #prefix: Buffer;
  readonly #observer: StoreObserver | undefined;
  /** Oldest first; the last one is open. */
  #layers: Layer[] = [new Layer(0)];
  #closed = false;

  constructor(backend: OrderedKeyValue, prefix: Buffer, observer?: StoreObserver) {
    this.#backend = backend;
    this.#prefix = prefix;
    this.#observer = observer;
  }

  get openEpoch(): number {
    return this.#open.epoch;
  }

  /** Keys and values of every layer. */
  get bufferedBytes(): number {
    return this.#layers.reduce((sum, layer) => sum + layer.bytes, 0);
  }

  get bufferedWrites(): number {
    return this.#layers.reduce((sum, layer) => sum + layer.entries.size, 0);
  }

  get #open(): Layer {
    return this.#layers[this.#layers.length - 1] as Layer;
  }

  key(key: Buffer): MapKey {
    return { name: nameOf(key), bytes: withPrefix(this.#prefix, key) };
  }

  /** What the layers up to `epoch` know of the key: its value, `null` when it is deleted, `undefined` when nothing. */
  peek({ name }: MapKey, epoch = Infinity): Buffer | null | undefined {
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      const layer = this.#layers[index] as Layer;
      const entry = layer.epoch <= epoch ? layer.entries.get(name) : undefined;
      if (entry !== undefined) return entry.value;
    }
    return undefined;
  }

  async getMany(keys: readonly MapKey[], epoch = Infinity): Promise<(Buffer | undefined)[]> {
    this.#assertOpen();
    const found: (Buffer | undefined)[] = new Array<Buffer | undefined>(keys.length);
    const missing: number[] = [];
    keys.forEach((key, index) => {
      const known = this.peek(key, epoch);
      if (known === undefined) missing.push(index);
      else found[index] = known ?? undefined;
    });
    if (missing.length === 0) return found;
    const startedMs = performance.now();
    const stored = await this.#backend.getMany(missing.map((index) => (keys[index] as MapKey).bytes));
    this.#observer?.read(performance.now() - startedMs);
    missing.forEach((index, at) => { found[index] = stored[at]; });
    return found;
  }

  set(key: MapKey, value: Buffer | null): void {
    this.#assertOpen();
    this.#open.set(key, value);
  }

  setRevocable(key: MapKey, value: Buffer): Withdrawal {
    this.#assertOpen();
    return this.#open.setRevocable(key, value);
  }

  /** The range as the layers up to `epoch` and the backend have it when iteration starts. */
  async *iterate({ gte, lt, reverse = false, limit = Infinity }: MapRange, epoch = Infinity): AsyncIterable<KeyValueEntry> {
    this.#assertOpen();
    if (limit <= 0) return;
    const written = this.#writtenIn(nameOf(gte), lt === undefined ? BEHIND_ALL_NAMES : nameOf(lt), reverse, epoch);
    const range = { gte: withPrefix(this.#prefix, gte), lt: lt === undefined ? prefixEnd(this.#prefix) : withPrefix(this.#prefix, lt), reverse };
    // No more stored entries are needed than `limit`, and as many again as the layers could hide.
    const stored = this.#backend.iterate(limit === Infinity ? range : { ...range, limit: limit + written.length })[Symbol.asyncIterator]();
    try {
      let left = limit;
      let at = 0;
      let next = await stored.next();
      while (left > 0 && (at < written.length || next.done !== true)) {
        const own = written[at];
        const storedName = next.done === true ? undefined : nameOf(next.value[0]).slice(this.#prefix.length);
        const takeOwn = own !== undefined && (storedName === undefined || own.name === storedName || own.name < storedName !== reverse);
        if (takeOwn) {
          at++;
          if (own.name === storedName) next = await stored.next();
          if (own.value === null) continue;
          left--;
          yield [Buffer.from(own.name, 'latin1'), own.value];
        } else if (next.done !== true) {
          left--;
          yield [next.value[0].subarray(this.#prefix.length), next.value[1]];
          if (left > 0) next = await stored.next();
        }
      }
    } finally {
      await stored.return?.();
    }
  }

  /** Later writes belong to the next epoch. */
  advance(): void {
    this.#assertOpen();
    this.#layers.push(new Layer(this.#open.epoch + 1));
  }

  /** Closes the oldest unsealed layer, which must be of `epoch`, and gives it out. */
  seal(epoch: number): Layer {
    if (this.openEpoch === epoch) this.advance();
    const layer = this.#layers.find((candidate) => candidate.epoch === epoch);
    if (layer === undefined) throw new MillraceError('MILL_CLOSED', `There is no layer of epoch ${epoch} to seal.`);
    layer.sealed = true;
    return layer;
  }

  /** The layer's writes are in the backend now. */
  drop(layer: Layer): void {
    this.#layers = this.#layers.filter((candidate) => candidate !== layer);
  }

  close(): void {
    this.#closed = true;
    this.#layers = [new Layer(this.openEpoch + 1)];
  }

  /** The newest write of each key in the range, over the layers up to `epoch`, in order. */
  #writtenIn(gte: string, lt: string, reverse: boolean, epoch: number): { readonly name: string; readonly value: Buffer | null }[] {
    const newest = new Map<string, Buffer | null>();
    for (const layer of this.#layers) {
      if (layer.entries.size === 0 || layer.epoch > epoch) continue;
      for (const [name, entry] of layer.range(gte, lt)) newest.set(name, entry.value);
    }
    const written = [...newest].map(([name, value]) => ({ name, value })).sort((a, b) => (a.name < b.name ? -1 : 1));
    return reverse ? written.reverse() : written;
  }

  #assertOpen(): void {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The store was used after its task was closed.');
  }
}
