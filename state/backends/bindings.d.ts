/** The parts of the two RocksDB bindings that are used here; neither ships types. */
declare module 'rocksdb' {
  type Callback<T = void> = (error: Error | null | undefined, result: T) => void;
  export interface RocksIterator {
    next(callback: (error: Error | null | undefined, key: Buffer | undefined, value: Buffer | undefined) => void): void;
    end(callback: Callback): void;
  }
  export interface RocksBatch {
    put(key: Buffer, value: Buffer): this;
    del(key: Buffer): this;
    write(options: { readonly sync: boolean }, callback: Callback): void;
  }
  export interface Rocks {
    open(options: Readonly<Record<string, unknown>>, callback: Callback): void;
    close(callback: Callback): void;
    getMany(keys: readonly Buffer[], callback: Callback<(Buffer | undefined)[]>): void;
    batch(): RocksBatch;
    iterator(options: Readonly<Record<string, unknown>>): RocksIterator;
  }
  const rocksdb: (location: string) => Rocks;
  export default rocksdb;
}

declare module '@nxtedition/rocksdb' {
  interface RocksIterator {
    nextv(size: number): Promise<[Buffer, Buffer][]>;
    close(): Promise<void>;
  }
  interface RocksBatch {
    put(key: Buffer, value: Buffer): this;
    del(key: Buffer): this;
    write(options: { readonly sync: boolean }): Promise<void>;
    close(): Promise<void>;
  }
  export class RocksLevel {
    constructor(location: string, options: Readonly<Record<string, unknown>>);
    open(): Promise<void>;
    close(): Promise<void>;
    getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]>;
    batch(): RocksBatch;
    iterator(options: Readonly<Record<string, unknown>>): RocksIterator;
  }
}
