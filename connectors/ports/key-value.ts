/**
 * An ordered map from bytes to bytes with atomic batches: what state stores and the embedded log are built on.
 * Implemented in `state/backends` on RocksDB (two bindings) and in memory; one contract test holds them together.
 */

export type WriteOp =
  | { readonly type: 'put'; readonly key: Buffer; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: Buffer };

/** Keys in [gte, lt), in byte order. */
export interface KeyRange {
  readonly gte: Buffer;
  readonly lt: Buffer;
  readonly reverse?: boolean;
  /** @default no limit */
  readonly limit?: number;
}

export type KeyValueEntry = readonly [key: Buffer, value: Buffer];

export interface OrderedKeyValue {
  /** One snapshot for all keys; `undefined` where a key is absent. */
  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]>;
  /** Entries of one snapshot, taken when iteration starts. */
  iterate(range: KeyRange): AsyncIterable<KeyValueEntry>;
  /** All or nothing. `sync` also survives power loss, at the cost of an fdatasync. */
  write(ops: readonly WriteOp[], options?: { readonly sync?: boolean }): Promise<void>;
  close(): Promise<void>;
}
