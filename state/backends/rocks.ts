/**
 * OrderedKeyValue on RocksDB. One owner a directory: on a hand-over the former owner may hold the LOCK a little longer,
 * so opening is tried again until a deadline. Closing waits for what is in flight.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { KeyRange, KeyValueEntry, OrderedKeyValue, WriteOp } from '../../connectors/ports/index.ts';
import { bindingForNode } from './binding.ts';
import type { Binding, BindingName, BindingOptions } from './binding.ts';
import { claimDirectory } from './directory-guard.ts';
import { isLockFailure, stateFailure } from './failures.ts';

const LOCK_RETRY_MS = 50;

const optionsSchema = z.strictObject({
  directory: z.string().min(1),
  /** How long a LOCK of another owner is waited for. */
  lockTimeoutMs: z.number().int().nonnegative().default(10_000),
  /** Block cache. */
  cacheBytes: z.number().int().positive().default(32 << 20),
  /** One memtable. */
  writeBufferBytes: z.number().int().positive().default(16 << 20),
});

/** `directory` is required; the rest has defaults. */
export type RocksOptions = z.input<typeof optionsSchema>;

class RocksKeyValue implements OrderedKeyValue {
  readonly #binding: Binding;
  readonly #directory: string;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(binding: Binding, directory: string) {
    this.#binding = binding;
    this.#directory = directory;
  }

  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    return keys.length === 0 ? Promise.resolve([]) : this.#run('Reading', () => this.#binding.getMany(keys));
  }

  write(ops: readonly WriteOp[], { sync = false }: { readonly sync?: boolean } = {}): Promise<void> {
    return ops.length === 0 ? Promise.resolve() : this.#run('Writing', () => this.#binding.write(ops, sync));
  }

  async *iterate(range: KeyRange): AsyncIterable<KeyValueEntry> {
    this.#assertOpen();
    if (range.limit !== undefined && range.limit <= 0) return;
    const iterator = this.#binding.iterator(range);
    try {
      for (;;) {
        const entries = await this.#run('Reading', () => iterator.next());
        if (entries.length === 0) return;
        yield* entries;
      }
    } finally {
      // A closed database has closed its iterators.
      if (this.#closing === undefined) await iterator.close();
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.allSettled(this.#inFlight);
      await this.#binding.close();
    })();
    return this.#closing;
  }

  async #run<T>(action: string, operation: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const running = operation();
    this.#inFlight.add(running);
    try {
      return await running;
    } catch (error) {
      throw stateFailure(this.#directory, action, error);
    } finally {
      this.#inFlight.delete(running);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new MillraceError('MILL_CLOSED', `${this.#directory} was used after it was closed.`);
  }
}

async function loadBinding(name: BindingName): Promise<(options: BindingOptions) => Promise<Binding>> {
  return (name === 'rocksdb' ? await import('./binding-rocksdb.ts') : await import('./binding-nxtedition.ts')).openBinding;
}

/** @throws MillraceError MILL_STATE_BINDING_MISMATCH, MILL_STATE_LOCKED, MILL_STATE_CORRUPT, MILL_STATE_IO */
export async function openRocksKeyValue(options: RocksOptions): Promise<OrderedKeyValue> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of a RocksDB store: ${z.prettifyError(parsed.error)}`);
  const { directory, lockTimeoutMs, ...sizes } = parsed.data;
  const name = bindingForNode();
  try {
    await claimDirectory(directory, name);
    const openBinding = await loadBinding(name);
    const deadlineMs = performance.now() + lockTimeoutMs;
    for (;;) {
      try {
        return new RocksKeyValue(await openBinding({ directory, ...sizes }), directory);
      } catch (error) {
        if (!isLockFailure(error)) throw error;
        if (performance.now() >= deadlineMs) throw new MillraceError('MILL_STATE_LOCKED', `${directory} is in use by another process.`, { cause: error });
        await sleep(LOCK_RETRY_MS);
      }
    }
  } catch (error) {
    throw stateFailure(directory, 'Opening', error);
  }
}
