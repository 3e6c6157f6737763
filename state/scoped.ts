/** A key space inside another: every key gets a prefix, and callers never see it. Closing a scope closes nothing else. */
import type { KeyRange, KeyValueEntry, OrderedKeyValue, WriteOp } from '../connectors/ports/index.ts';
import { withPrefix } from './keys.ts';

/** `ops` as the outer key space must be written to have them happen inside the scope. */
export function scopeOps(prefix: Buffer, ops: readonly WriteOp[]): WriteOp[] {
  return ops.map((op) => {
    const key = withPrefix(prefix, op.key);
    return op.type === 'put' ? { type: 'put', key, value: op.value } : { type: 'del', key };
  });
}

class ScopedKeyValue implements OrderedKeyValue {
  readonly #backend: OrderedKeyValue;
  readonly #prefix: Buffer;

  constructor(backend: OrderedKeyValue, prefix: Buffer) {
    this.#backend = backend;
    this.#prefix = prefix;
  }

  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    return this.#backend.getMany(keys.map((key) => withPrefix(this.#prefix, key)));
  }

  async *iterate(range: KeyRange): AsyncIterable<KeyValueEntry> {
    const outer = { ...range, gte: withPrefix(this.#prefix, range.gte), lt: withPrefix(this.#prefix, range.lt) };
    for await (const [key, value] of this.#backend.iterate(outer)) yield [key.subarray(this.#prefix.length), value];
  }

  write(ops: readonly WriteOp[], options?: { readonly sync?: boolean }): Promise<void> {
    return this.#backend.write(scopeOps(this.#prefix, ops), options);
  }

  async close(): Promise<void> {
    // The backend belongs to whoever opened it.
  }
}

export function scoped(backend: OrderedKeyValue, prefix: Buffer): OrderedKeyValue {
  return new ScopedKeyValue(backend, prefix);
}
