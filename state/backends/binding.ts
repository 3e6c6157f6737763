/** What a RocksDB binding must give; `RocksKeyValue` adds life cycle and errors once for both. */
import type { KeyRange, KeyValueEntry, WriteOp } from '../../connectors/ports/index.ts';

export type BindingName = 'rocksdb' | '@nxtedition/rocksdb';

export interface BindingOptions {
  readonly directory: string;
  readonly cacheBytes: number;
  readonly writeBufferBytes: number;
}

export interface BindingIterator {
  /** The next entries; none at the end. */
  next(): Promise<readonly KeyValueEntry[]>;
  close(): Promise<void>;
}

export interface Binding {
  /**
   * RocksDB 6.17 goes on after a write that did not fit, behind the torn record in its log, and loses on the next open
   * what it acknowledged since. Such a database must be opened anew before it is written again.
   */
  readonly losesWritesAfterFailure: boolean;
  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]>;
  /** The snapshot is taken in the call. */
  iterator(range: KeyRange): BindingIterator;
  write(ops: readonly WriteOp[], sync: boolean): Promise<void>;
  close(): Promise<void>;
}

/** An iterator hands over at most this at once, and at least one entry. */
export const ENTRIES_PER_NEXT = 64;
export const BYTES_PER_NEXT = 64 << 10;

/**
 * The `rocksdb` prebuild aborts the process on Node 22 and later, so the binding is chosen by version and never by
 * trying.
 */
export function bindingForNode(version: string = process.versions.node): BindingName {
  return Number.parseInt(version, 10) < 22 ? 'rocksdb' : '@nxtedition/rocksdb';
}
