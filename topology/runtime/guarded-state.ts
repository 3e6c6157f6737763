/** A task's key space that reports every failure: a processor may catch the error of a store, the task must not go on. */
import type { KeyRange, KeyValueEntry, OrderedKeyValue, WriteOp } from '../../connectors/ports/index.ts';

export class GuardedState implements OrderedKeyValue {
  readonly #backend: OrderedKeyValue;
  readonly #failed: (error: unknown) => void;

  constructor(backend: OrderedKeyValue, failed: (error: unknown) => void) {
    this.#backend = backend;
    this.#failed = failed;
  }

  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    return this.#guard(this.#backend.getMany(keys));
  }

  async *iterate(range: KeyRange): AsyncIterable<KeyValueEntry> {
    try {
      yield* this.#backend.iterate(range);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  write(ops: readonly WriteOp[], options?: { readonly sync?: boolean }): Promise<void> {
    return this.#guard(this.#backend.write(ops, options));
  }

  async close(): Promise<void> {
    // The key space belongs to the task's log.
  }

  async #guard<T>(pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }
}
