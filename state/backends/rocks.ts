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
/** Never written, so that its deletion changes nothing. */
const PROBE_KEY = Buffer.alloc(64, 0xff);

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
  readonly #directory: string;
  readonly #open: () => Promise<Binding>;
  readonly #inFlight = new Set<Promise<unknown>>();
  /** `undefined` while it is opened anew, and for as long as that fails. */
  #binding: Binding | undefined;
  /** A write failed half-way: see `losesWritesAfterFailure`. */
  #torn = false;
  #mending: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(directory: string, open: () => Promise<Binding>, binding: Binding) {
    this.#directory = directory;
    this.#open = open;
    this.#binding = binding;
  }

  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    return keys.length === 0 ? Promise.resolve([]) : this.#run('Reading', (binding) => binding.getMany(keys));
  }

  async write(ops: readonly WriteOp[], { sync = false }: { readonly sync?: boolean } = {}): Promise<void> {
    if (ops.length === 0) return;
    try {
      if (this.#torn) await this.#mend();
      await this.#run('Writing', (binding) => binding.write(ops, sync));
    } catch (error) {
      this.#torn ||= this.#binding?.losesWritesAfterFailure === true;
      throw stateFailure(this.#directory, 'Writing', error);
    }
  }

  async *iterate(range: KeyRange): AsyncIterable<KeyValueEntry> {
    if (range.limit !== undefined && range.limit <= 0) return;
    const binding = this.#usable() ?? (await this.#reopened());
    const iterator = binding.iterator(range);
    try {
      for (;;) {
        const entries = await this.#run('Reading', (current) => {
          if (current !== binding) throw new MillraceError('MILL_DISK_FULL', `${this.#directory} was opened anew during an iteration, after a write that did not fit.`);
          return iterator.next();
        });
        if (entries.length === 0) return;
        yield* entries;
      }
    } finally {
      // A closed database has closed its iterators.
      if (this.#closing === undefined && this.#binding === binding) await iterator.close();
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#mending?.catch(() => undefined);
      await Promise.allSettled(this.#inFlight);
      try {
        await this.#binding?.close();
      } catch (error) {
        throw stateFailure(this.#directory, 'Closing', error);
      }
    })();
    return this.#closing;
  }

  async #run<T>(action: string, operation: (binding: Binding) => Promise<T>): Promise<T> {
    let running: Promise<T> | undefined;
    try {
      running = operation(this.#usable() ?? (await this.#reopened()));
      this.#inFlight.add(running);
      return await running;
    } catch (error) {
      throw stateFailure(this.#directory, action, error);
    } finally {
      if (running !== undefined) this.#inFlight.delete(running);
    }
  }

  /** The binding, unless it is being opened anew. */
  #usable(): Binding | undefined {
    if (this.#closing !== undefined) throw new MillraceError('MILL_CLOSED', `${this.#directory} was used after it was closed.`);
    return this.#binding;
  }

  async #reopened(): Promise<Binding> {
    await this.#mend();
    return this.#usable() ?? this.#reopened();
  }

  /** Opens the database anew, which drops the torn record. Fails while the disk is still full, and is tried again at the next use. */
  #mend(): Promise<void> {
    this.#mending ??= (async () => {
      const torn = this.#binding;
      if (torn !== undefined) {
        // RocksDB waits for space by a thread of its own, and closing it meanwhile can hang: first it must take a write.
        await torn.write([{ type: 'del', key: PROBE_KEY }], false);
        this.#binding = undefined;
        await Promise.allSettled(this.#inFlight);
        await torn.close();
      }
      this.#binding = await this.#open();
      this.#torn = false;
    })().finally(() => { this.#mending = undefined; });
    return this.#mending;
  }
}

async function loadBinding(name: BindingName): Promise<(options: BindingOptions) => Promise<Binding>> {
  return (name === 'rocksdb' ? await import('./binding-rocksdb.ts') : await import('./binding-nxtedition.ts')).openBinding;
}

/**
 * Loads the binding into the main thread before workers do: `rocksdb` cannot be loaded a second time once the last
 * thread that used it has ended.
 */
export async function holdRocksBinding(): Promise<void> {
  await loadBinding(bindingForNode());
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
        const open = (): Promise<Binding> => openBinding({ directory, ...sizes });
        return new RocksKeyValue(directory, open, await open());
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
