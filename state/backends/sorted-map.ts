/**
 * A sorted map of strings with snapshots that cost nothing until the map changes: leaves of bounded size, copied when
 * they are written after a snapshot was taken. Keys are bytes as latin1 strings, which JavaScript compares in byte
 * order, several times faster than buffers. The in-memory backend and the epoch layers are built on it.
 */
const LEAF_CAPACITY = 256;

interface Leaf<V> {
  readonly keys: string[];
  readonly values: V[];
  /** The map's generation when this leaf was made; an older one is shared with a snapshot. */
  readonly generation: number;
}

/** Index of the first element that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the leaf that holds `key` or would hold it: the last whose first key is not above it. */
function leafFor<V>(leaves: readonly Leaf<V>[], key: string): number {
  let low = 0;
  let high = leaves.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (((leaves[middle] as Leaf<V>).keys[0] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

export interface SortedView<V> {
  /** Entries in [gte, lt). */
  entries(gte: string, lt: string, reverse?: boolean): IterableIterator<readonly [string, V]>;
}

function* forward<V>(leaves: readonly Leaf<V>[], gte: string, lt: string): IterableIterator<readonly [string, V]> {
  for (let index = leafFor(leaves, gte); index < leaves.length; index++) {
    const { keys, values } = leaves[index] as Leaf<V>;
    for (let at = lowerBound(keys, gte); at < keys.length; at++) {
      const key = keys[at] as string;
      if (key >= lt) return;
      yield [key, values[at] as V];
    }
  }
}

function* backward<V>(leaves: readonly Leaf<V>[], gte: string, lt: string): IterableIterator<readonly [string, V]> {
  for (let index = leaves.length === 0 ? -1 : leafFor(leaves, lt); index >= 0; index--) {
    const { keys, values } = leaves[index] as Leaf<V>;
    for (let at = lowerBound(keys, lt) - 1; at >= 0; at--) {
      const key = keys[at] as string;
      if (key < gte) return;
      yield [key, values[at] as V];
    }
  }
}

export class SortedMap<V> implements SortedView<V> {
  #leaves: Leaf<V>[] = [];
  #generation = 0;
  /** The array of leaves itself is in a snapshot's hands. */
  #shared = false;

  get(key: string): V | undefined {
    const leaf = this.#leaves[leafFor(this.#leaves, key)];
    if (leaf === undefined) return undefined;
    const at = lowerBound(leaf.keys, key);
    return leaf.keys[at] === key ? leaf.values[at] : undefined;
  }

  set(key: string, value: V): void {
    if (this.#leaves.length === 0) {
      this.#ownLeaves().push({ keys: [key], values: [value], generation: this.#generation });
      return;
    }
    const index = leafFor(this.#leaves, key);
    const { keys, values } = this.#ownLeaf(index);
    const at = lowerBound(keys, key);
    if (keys[at] === key) {
      values[at] = value;
      return;
    }
    keys.splice(at, 0, key);
    values.splice(at, 0, value);
    if (keys.length > LEAF_CAPACITY) this.#split(index);
  }

  delete(key: string): void {
    const index = leafFor(this.#leaves, key);
    const found = this.#leaves[index];
    if (found === undefined) return;
    const at = lowerBound(found.keys, key);
    if (found.keys[at] !== key) return;
    const { keys, values } = this.#ownLeaf(index);
    keys.splice(at, 1);
    values.splice(at, 1);
    if (keys.length === 0) this.#ownLeaves().splice(index, 1);
  }

  entries(gte: string, lt: string, reverse = false): IterableIterator<readonly [string, V]> {
    return this.snapshot().entries(gte, lt, reverse);
  }

  /** A view that later writes do not change. */
  snapshot(): SortedView<V> {
    const leaves = this.#leaves;
    this.#generation++;
    this.#shared = true;
    return { entries: (gte, lt, reverse = false) => (reverse ? backward(leaves, gte, lt) : forward(leaves, gte, lt)) };
  }

  #ownLeaves(): Leaf<V>[] {
    if (this.#shared) {
      this.#leaves = this.#leaves.slice();
      this.#shared = false;
    }
    return this.#leaves;
  }

  #ownLeaf(index: number): Leaf<V> {
    const leaf = this.#leaves[index] as Leaf<V>;
    if (leaf.generation === this.#generation) return leaf;
    const copy = { keys: leaf.keys.slice(), values: leaf.values.slice(), generation: this.#generation };
    this.#ownLeaves()[index] = copy;
    return copy;
  }

  /** Keys mostly arrive in order, so a full last leaf is cut near its end and stays packed. */
  #split(index: number): void {
    const { keys, values, generation } = this.#leaves[index] as Leaf<V>;
    const cut = index === this.#leaves.length - 1 ? keys.length - 16 : keys.length >>> 1;
    this.#ownLeaves().splice(index + 1, 0, { keys: keys.splice(cut), values: values.splice(cut), generation });
  }
}
