/**
 * `rocksdb` 5.2 (RocksDB 6.17), for Node 20. Reads and writes run on libuv's threads. A batch is filled op by op: given
 * as an array, each op would be copied and its fields looked up by name, which costs more than writing it.
 */
import { promisify } from 'node:util';
import rocksdb from 'rocksdb';
import type { RocksIterator } from 'rocksdb';
import type { KeyRange, KeyValueEntry, WriteOp } from '../../connectors/ports/index.ts';
import { BYTES_PER_NEXT, ENTRIES_PER_NEXT } from './binding.ts';
import type { Binding, BindingIterator, BindingOptions } from './binding.ts';

/** One `next` of the binding brings one entry, mostly from its read-ahead: collect some before the promise resolves. */
function collect(iterator: RocksIterator): Promise<readonly KeyValueEntry[]> {
  return new Promise((resolve, reject) => {
    const entries: KeyValueEntry[] = [];
    let bytes = 0;
    const step = (): void => {
      iterator.next((error, key, value) => {
        if (error) {
          reject(error);
        } else if (key === undefined || value === undefined) {
          resolve(entries);
        } else {
          entries.push([key, value]);
          bytes += key.length + value.length;
          if (entries.length < ENTRIES_PER_NEXT && bytes < BYTES_PER_NEXT) step();
          else resolve(entries);
        }
      });
    };
    step();
  });
}

export async function openBinding({ directory, cacheBytes, writeBufferBytes }: BindingOptions): Promise<Binding> {
  const database = rocksdb(directory);
  await promisify(database.open.bind(database))({ cacheSize: cacheBytes, writeBufferSize: writeBufferBytes, infoLogLevel: 'warn' });
  const getMany = promisify(database.getMany.bind(database));
  return {
    losesWritesAfterFailure: true,
    getMany,
    iterator: ({ gte, lt, reverse = false, limit = -1 }: KeyRange): BindingIterator => {
      const iterator = database.iterator({ gte, lt, reverse, limit, highWaterMark: BYTES_PER_NEXT });
      return { next: () => collect(iterator), close: promisify(iterator.end.bind(iterator)) };
    },
    write: async (ops: readonly WriteOp[], sync: boolean) => {
      const batch = database.batch();
      for (const op of ops) {
        if (op.type === 'put') batch.put(op.key, op.value);
        else batch.del(op.key);
      }
      await promisify(batch.write.bind(batch))({ sync });
    },
    close: promisify(database.close.bind(database)),
  };
}
