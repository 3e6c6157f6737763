export interface MergeOptions {
  readonly reverse: boolean;
  readonly limit: number;
}

/** Sequences that are each in the byte order of their keys, as one that is. */
export async function* mergeByKey<T>(sequences: readonly AsyncIterable<T>[], keyOf: (entry: T) => Buffer, { reverse, limit }: MergeOptions): AsyncIterable<T> {
  const heads: { readonly iterator: AsyncIterator<T>; key: Buffer; entry: T }[] = [];
  const iterators = sequences.map((sequence) => sequence[Symbol.asyncIterator]());
  let left = limit;
  try {
    for (const iterator of iterators) {
      const first = await iterator.next();
      if (first.done !== true) heads.push({ iterator, key: keyOf(first.value), entry: first.value });
    }
    while (heads.length > 0 && left-- > 0) {
      const head = heads.reduce((first, other) => ((other.key.compare(first.key) < 0) !== reverse ? other : first));
      yield head.entry;
      const next = await head.iterator.next();
      if (next.done === true) {
        heads.splice(heads.indexOf(head), 1);
      } else {
        head.key = keyOf(next.value);
        head.entry = next.value;
      }
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}
