/**
 * The stores of one task, and the epochs in which their writes are committed.
 *
 *     const state = await openTaskState(taskLog.state, specs);
 *     state.store('seen')...                       // writes go into the open epoch
 *     const epoch = await state.seal();            // its writes, and expiry's
 *     await taskLog.commit({ outputs, positions, state: epoch.ops });
 *     epoch.committed();                           // the layer goes; the backend has it now
 *
 * Where epochs overlap in a task, `advance(store)` moves one store to the next epoch when the barrier passes its node.
 * Several epochs may be sealed and not committed; they are committed in order.
 */
import { MillraceError } from '../connectors/ports/index.ts';
import type { OrderedKeyValue, WriteOp } from '../connectors/ports/index.ts';
import { ExpiryIndex } from './expiry-index.ts';
import { LayeredKeyValueStore } from './key-value-store.ts';
import type { KeyValueStore } from './key-value-store.ts';
import { encodeTime, readTime } from './keys.ts';
import { LayeredMap } from './layered-map.ts';
import type { Layer } from './layered-map.ts';
import { scoped } from './scoped.ts';
import type { KeyValueStoreSpec, StoreSpec, WindowStoreSpec } from './specs.ts';
import { WriteSampler } from './store-observer.ts';
import type { StoreObserver } from './store-observer.ts';
import { LayeredWindowStore } from './window-store.ts';
import type { WindowStore } from './window-store.ts';

export interface TaskStateOptions {
  /** The clock of times to live. @default Date.now */
  readonly nowMs?: () => number;
  /** Hears how long reads and writes of a store take. @default nobody */
  readonly observe?: (store: string) => StoreObserver;
}

export type StateStore = KeyValueStore<unknown, unknown> | WindowStore<unknown, unknown>;

export interface SealedEpoch {
  /** For `EpochCommit.state`. */
  readonly ops: readonly WriteOp[];
  /** To be called when the commit succeeded, and only then. */
  committed(): void;
}

/** A store with what a seal needs of it. */
interface Managed {
  readonly store: StateStore;
  readonly map: LayeredMap;
  /** Index rows and expiry that go with a layer into its commit, after its writes. */
  readonly housekeeping: (layer: Layer) => Promise<WriteOp[]>;
}

/** The parts of a store's key space. */
const area = (name: string, part: 'd' | 't' | 'm'): Buffer => Buffer.from(`${name}\0${part}`, 'latin1');

async function openKeyValue(backend: OrderedKeyValue, spec: KeyValueStoreSpec, nowMs: () => number, observer: StoreObserver | undefined): Promise<Managed> {
  const data = area(spec.name, 'd');
  const rows = area(spec.name, 't');
  const map = new LayeredMap(backend, data, observer);
  const store = new LayeredKeyValueStore(spec, map, new WriteSampler(observer), nowMs);
  if (spec.ttlMs === undefined) return { store, map, housekeeping: async () => [] };
  const index = await ExpiryIndex.open(scoped(backend, rows), rows, map);
  return { store, map, housekeeping: async (layer) => [...index.record(layer), ...(await index.expire(layer, nowMs()))] };
}

async function openWindow(backend: OrderedKeyValue, spec: WindowStoreSpec, observer: StoreObserver | undefined): Promise<Managed> {
  const data = area(spec.name, 'd');
  const streamTimeKey = area(spec.name, 'm');
  const map = new LayeredMap(backend, data, observer);
  const [streamTime] = await backend.getMany([streamTimeKey]);
  const store = new LayeredWindowStore(spec, map, new WriteSampler(observer), streamTime === undefined ? 0 : readTime(streamTime));
  return {
    store,
    map,
    housekeeping: async (layer) => {
      if (layer.entries.size === 0) return [];
      const streamTimeMs = store.sealTime(layer.epoch);
      const streamTimeOp: WriteOp = { type: 'put', key: streamTimeKey, value: encodeTime(streamTimeMs) };
      return [streamTimeOp, ...(await store.expire(layer, data, streamTimeMs))];
    },
  };
}

export class TaskState {
  readonly #stores: ReadonlyMap<string, Managed>;
  /** The oldest epoch that is not sealed. */
  #epoch = 0;
  /** Seals in the order of their calls: expiry of one must know what the former did. */
  #sealing: Promise<unknown> = Promise.resolve();

  private constructor(stores: ReadonlyMap<string, Managed>) {
    this.#stores = stores;
  }

  static async open(backend: OrderedKeyValue, specs: readonly StoreSpec[], { nowMs = Date.now, observe }: TaskStateOptions = {}): Promise<TaskState> {
    const stores = new Map<string, Managed>();
    for (const spec of specs) {
      if (stores.has(spec.name)) throw new MillraceError('MILL_TOPOLOGY_INVALID', `There are two stores named ${spec.name}.`);
      stores.set(spec.name, spec.kind === 'keyValue' ? await openKeyValue(backend, spec, nowMs, observe?.(spec.name)) : await openWindow(backend, spec, observe?.(spec.name)));
    }
    return new TaskState(stores);
  }

  /** @throws MillraceError MILL_TOPOLOGY_INVALID when no store has the name. */
  store(name: string): StateStore {
    return this.#managed(name).store;
  }

  /** Bytes of keys and values that are not committed: an epoch closes when they are too many. */
  get bufferedBytes(): number {
    let sum = 0;
    for (const { map } of this.#stores.values()) sum += map.bufferedBytes;
    return sum;
  }

  get bufferedWrites(): number {
    let sum = 0;
    for (const { map } of this.#stores.values()) sum += map.bufferedWrites;
    return sum;
  }

  /** The barrier of the store's epoch has passed its node: what the store is given from now on belongs to the next epoch. */
  advance(name: string): void {
    this.#managed(name).map.advance();
  }

  /** Closes the oldest epoch's layers at once, before the promise resolves, and brings what is to be committed. */
  seal(): Promise<SealedEpoch> {
    const epoch = this.#epoch++;
    const sealed = [...this.#stores.values()].map((managed) => ({ ...managed, layer: managed.map.seal(epoch) }));
    const result = this.#sealing.then(async () => {
      const ops: WriteOp[] = [];
      for (const { layer, housekeeping } of sealed) {
        for (const op of layer.ops()) ops.push(op);
        for (const op of await housekeeping(layer)) ops.push(op);
      }
      return { ops, committed: () => { for (const { map, layer } of sealed) map.drop(layer); } };
    });
    this.#sealing = result.catch(() => undefined);
    return result;
  }

  /** Drops every layer; the backend keeps what was committed. */
  close(): void {
    for (const { map } of this.#stores.values()) map.close();
  }

  #managed(name: string): Managed {
    const managed = this.#stores.get(name);
    if (managed === undefined) throw new MillraceError('MILL_TOPOLOGY_INVALID', `There is no store named ${name} in this task; it has: ${[...this.#stores.keys()].join(', ') || 'none'}.`);
    return managed;
  }
}

/** Opens the stores of a task over its key space. */
export function openTaskState(backend: OrderedKeyValue, specs: readonly StoreSpec[], options?: TaskStateOptions): Promise<TaskState> {
  return TaskState.open(backend, specs, options);
}
