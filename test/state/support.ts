/** Serdes and short ways to read stores in tests. */
import type { OrderedKeyValue, Serde } from '../../connectors/ports/index.ts';
import type { KeyValueStore, SealedEpoch, TaskState, WindowStore } from '../../state/index.ts';

export const text: Serde<string> = { name: 'text', serialize: (value) => Buffer.from(value), deserialize: (bytes) => bytes.toString() };
export const json: Serde<{ n: number }> = { name: 'json', serialize: (value) => Buffer.from(JSON.stringify(value)), deserialize: (bytes) => JSON.parse(bytes.toString()) as { n: number } };

export const keyValue = (state: TaskState, name: string): KeyValueStore<string, string> => state.store(name) as KeyValueStore<string, string>;
export const windows = (state: TaskState, name: string): WindowStore<string, string> => state.store(name) as WindowStore<string, string>;

export async function collect<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

export async function commit(backend: OrderedKeyValue, epoch: SealedEpoch): Promise<void> {
  await backend.write(epoch.ops);
  epoch.committed();
}

export async function countStored(backend: OrderedKeyValue): Promise<number> {
  return (await collect(backend.iterate({ gte: Buffer.of(0), lt: Buffer.of(0xff) }))).length;
}
