/**
 * Interactive queries: the stores of the tasks that run here, read-only and as they are committed, and who has the
 * others. Kafka Streams' `store`, `queryMetadataForKey` and `metadataForAllStreamsClients`.
 *
 * A key is looked for in the partition that its serialised bytes hash to, as a record with that key would be. A store
 * whose keys are not those of its records is read with `{ partition }`, or as a whole.
 */
import { MillraceError, partitionForKey } from '../../connectors/ports/index.ts';
import type { TaskId } from '../../connectors/ports/index.ts';
import type { IterationOptions, KeyValueStore, StateStore, StoreSpec, WindowStore } from '../../state/index.ts';
import type { SubtopologyGroup } from './group.ts';
import { mergeByKey } from './merge-by-key.ts';
import type { StreamsState } from './streams-state.ts';
import type { Task } from './task.ts';

/** What throws MILL_STORE_UNAVAILABLE does so while a task of it is not running here. */
export interface ReadOnlyKeyValueStore<K, V> {
  readonly name: string;
  get(key: K): Promise<V | undefined>;
  getMany(keys: readonly K[]): Promise<(V | undefined)[]>;
  /** Entries of all tasks here with keys in [from, to), in the byte order of serialised keys; `undefined` is no bound. */
  range(from: K | undefined, to: K | undefined, options?: IterationOptions): AsyncIterable<readonly [K, V]>;
  /** Entries of all tasks here, in the same order. */
  all(options?: IterationOptions): AsyncIterable<readonly [K, V]>;
}

export type ReadOnlyWindowStore<K, V> = Pick<WindowStore<K, V>, 'name' | 'fetch' | 'fetchRange' | 'fetchAll'>;

/** Kafka Streams' StoreQueryParameters. */
export interface StoreQueryParameters {
  /** The task to read. @default that of the key, or all that run here */
  readonly partition?: number;
}

export interface KeyQueryMetadata {
  /** application.server of the instance that has the key; `null` where it answers no queries. */
  readonly endpoint: string | null;
  readonly partition: number;
  /** The task runs in this Streams. */
  readonly local: boolean;
}

export interface StreamsMetadata {
  readonly endpoint: string | null;
  readonly tasks: readonly TaskId[];
  /** Of its tasks. */
  readonly stores: readonly string[];
}

export interface QueriesDeps {
  readonly stores: readonly StoreSpec[];
  readonly groups: readonly SubtopologyGroup[];
  readonly state: () => StreamsState;
}

const unavailable = (message: string, cause?: unknown): MillraceError => new MillraceError('MILL_STORE_UNAVAILABLE', message, cause === undefined ? {} : { cause });

export class Queries {
  readonly #deps: QueriesDeps;

  constructor(deps: QueriesDeps) {
    this.#deps = deps;
  }

  keyValue<K, V>(name: string, { partition }: StoreQueryParameters): ReadOnlyKeyValueStore<K, V> {
    const spec = this.#spec(name, 'keyValue');
    const group = this.#group(name);
    // The specification was found by the name; whoever asks knows its types.
    const typed = (store: StateStore): KeyValueStore<K, V> => store as KeyValueStore<K, V>;
    const entries = (read: (store: KeyValueStore<K, V>) => AsyncIterable<readonly [K, V]>, { reverse = false, limit = Infinity }: IterationOptions): AsyncIterable<readonly [K, V]> =>
      mergeByKey(this.#tasks(group, partition).map((task) => this.#iterate(group, task, name, (store) => read(typed(store)))), ([key]) => spec.key.serialize(key), { reverse, limit });
    const getMany = async (keys: readonly K[]): Promise<(V | undefined)[]> => {
      const byPartition = new Map<number, number[]>();
      keys.forEach((key, index) => {
        const home = partition ?? this.#partitionOf(group, spec, key);
        byPartition.set(home, [...(byPartition.get(home) ?? []), index]);
      });
      const found: (V | undefined)[] = keys.map(() => undefined);
      await Promise.all([...byPartition].map(async ([home, indexes]) => {
        const values = await this.#read(group, this.#task(group, home), name, (store) => typed(store).getMany(indexes.map((index) => keys[index] as K)));
        indexes.forEach((index, at) => { found[index] = values[at]; });
      }));
      return found;
    };
    return {
      name,
      get: async (key) => (await getMany([key]))[0],
      getMany,
      range: (from, to, options = {}) => entries((store) => store.range(from, to, options), options),
      all: (options = {}) => entries((store) => store.all(options), options),
    };
  }

  window<K, V>(name: string, { partition }: StoreQueryParameters): ReadOnlyWindowStore<K, V> {
    const spec = this.#spec(name, 'window');
    const group = this.#group(name);
    const typed = (store: StateStore): WindowStore<K, V> => store as WindowStore<K, V>;
    const home = (key: K): Task => this.#task(group, partition ?? this.#partitionOf(group, spec, key));
    const tasks = (): readonly Task[] => this.#tasks(group, partition);
    const iterate = <T>(task: Task, read: (store: WindowStore<K, V>) => AsyncIterable<T>): AsyncIterable<T> => this.#iterate(group, task, name, (store) => read(typed(store)));
    return {
      name,
      fetch: async (key, windowStartMs) => this.#read(group, home(key), name, (store) => typed(store).fetch(key, windowStartMs)),
      fetchRange: (key, fromMs, toMs) => iterate(home(key), (store) => store.fetchRange(key, fromMs, toMs)),
      async *fetchAll(fromMs, toMs) {
        for (const task of tasks()) yield* iterate(task, (store) => store.fetchAll(fromMs, toMs));
      },
    };
  }

  async metadataForKey(name: string, key: unknown): Promise<KeyQueryMetadata> {
    const group = this.#group(name);
    const partition = this.#partitionOf(group, this.#spec(name), key);
    const owner = (await group.owners()).find(({ task }) => task.partition === partition);
    if (owner === undefined) throw unavailable(`Nobody has partition ${partition} of store ${name} now.`);
    return { endpoint: owner.endpoint, partition, local: runningTask(group, partition) !== null };
  }

  async metadataForAll(): Promise<StreamsMetadata[]> {
    const byEndpoint = new Map<string | null, { endpoint: string | null; tasks: TaskId[]; stores: Set<string> }>();
    for (const group of this.#deps.groups) {
      for (const { endpoint, task } of await group.owners()) {
        const known = byEndpoint.get(endpoint) ?? { endpoint, tasks: [], stores: new Set<string>() };
        byEndpoint.set(endpoint, known);
        known.tasks.push(task);
        for (const store of group.plan.subtopology.stores) known.stores.add(store);
      }
    }
    return [...byEndpoint.values()].map(({ endpoint, tasks, stores }) => ({ endpoint, tasks, stores: [...stores] }));
  }

  #spec(name: string, kind?: StoreSpec['kind']): StoreSpec {
    const spec = this.#deps.stores.find((store) => store.name === name);
    if (spec === undefined) throw new MillraceError('MILL_TOPOLOGY_INVALID', `There is no store ${name}; there are: ${this.#deps.stores.map((store) => store.name).join(', ') || 'none'}.`);
    if (kind !== undefined && spec.kind !== kind) throw new MillraceError('MILL_TOPOLOGY_INVALID', `Store ${name} is a ${spec.kind === 'window' ? 'window' : 'key-value'} store.`);
    return spec;
  }

  #group(name: string): SubtopologyGroup {
    this.#spec(name);
    const group = this.#deps.groups.find(({ plan }) => plan.subtopology.stores.includes(name));
    if (group === undefined) throw unavailable(`The sub-topology of store ${name} does not run here.`);
    return group;
  }

  #partitionOf(group: SubtopologyGroup, { key: serde }: StoreSpec, key: unknown): number {
    if (group.partitions === 0) throw unavailable(`Streams is ${this.#deps.state()}.`);
    return partitionForKey(serde.serialize(key), group.partitions);
  }

  #task(group: SubtopologyGroup, partition: number): Task {
    const task = runningTask(group, partition);
    if (task === null) throw unavailable(`Task ${group.plan.subtopology.name}/${partition} is not running here.`);
    return task;
  }

  /** That of the partition, or all that are assigned. */
  #tasks(group: SubtopologyGroup, partition: number | undefined): readonly Task[] {
    if (partition !== undefined) return [this.#task(group, partition)];
    if (this.#deps.state() !== 'RUNNING') throw unavailable(`Streams is ${this.#deps.state()}.`);
    return group.supervisors.map(({ id }) => this.#task(group, id.partition));
  }

  async #read<T>(group: SubtopologyGroup, task: Task, name: string, read: (store: StateStore) => Promise<T>): Promise<T> {
    try {
      return await read(await task.committedStore(name));
    } catch (error) {
      throw goneOr(error, group, task);
    }
  }

  async *#iterate<T>(group: SubtopologyGroup, task: Task, name: string, read: (store: StateStore) => AsyncIterable<T>): AsyncIterable<T> {
    try {
      yield* read(await task.committedStore(name));
    } catch (error) {
      throw goneOr(error, group, task);
    }
  }
}

const runningTask = (group: SubtopologyGroup, partition: number): Task | null => group.supervisors.find(({ id }) => id.partition === partition)?.task ?? null;

/** A task that was closed in the middle of a read makes it fail in whatever way. */
function goneOr(error: unknown, group: SubtopologyGroup, task: Task): unknown {
  const { taskId: { subtopology, partition } } = task;
  return runningTask(group, partition) === task ? error : unavailable(`Task ${subtopology}/${partition} was closed while its store was read.`, error);
}
