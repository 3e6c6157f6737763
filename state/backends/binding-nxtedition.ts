/**
 * `@nxtedition/rocksdb` 12 (RocksDB 9.7), for Node 22 and later. Its writes run on the calling thread; only a batch
 * honours `sync`, so every write is a batch. Compression of the write-ahead log would cost that thread and is off.
 */
import { RocksLevel } from '@nxtedition/rocksdb';
import type { KeyRange, WriteOp } from '../../connectors/ports/index.ts';
import { BYTES_PER_NEXT, ENTRIES_PER_NEXT } from './binding.ts';
import type { Binding, BindingIterator, BindingOptions } from './binding.ts';

const encodings = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;

export async function openBinding({ directory, cacheBytes, writeBufferBytes }: BindingOptions): Promise<Binding> {
  const database = new RocksLevel(directory, {
    ...encodings, cacheSize: cacheBytes, memtableMemoryBudget: 4 * writeBufferBytes, compaction: 'level', walCompression: false, infoLogLevel: 'warn',
  });
  await database.open();
  return {
    losesWritesAfterFailure: false,
    getMany: (keys) => database.getMany(keys),
    iterator: ({ gte, lt, reverse = false, limit = -1 }: KeyRange): BindingIterator => {
      const iterator = database.iterator({ ...encodings, gte, lt, reverse, limit, highWaterMarkBytes: BYTES_PER_NEXT });
      return { next: () => iterator.nextv(ENTRIES_PER_NEXT), close: () => iterator.close() };
    },
    write: async (ops: readonly WriteOp[], sync: boolean) => {
      const batch = database.batch();
      for (const op of ops) {
        if (op.type === 'put') batch.put(op.key, op.value);
        else batch.del(op.key);
      }
      await batch.write({ sync });
    },
    close: () => database.close(),
  };
}
