/**
 * Bytes by reference (claim check). A key is `<sha256 of the source>/<sha256 of the bytes>.<extension>`: the same
 * bytes of the same source have one key, and everything derived from a source goes with its folder.
 */
import type { Readable } from 'node:stream';

export interface BlobStore {
  /** Stores the bytes and returns their key. Idempotent; never leaves half an object behind. */
  put(folder: string, extension: string, bytes: Uint8Array): Promise<string>;
  /** @throws MillraceError MILL_BLOB_NOT_FOUND */
  get(key: string): Promise<Buffer>;
  stream(key: string): Promise<Readable>;
  /** A file path that other programs can open, or `undefined` where the store has none. */
  localPath(key: string): string | undefined;
  /** An address that a browser opens without credentials until it expires, or `undefined` where the store has none. */
  link(key: string): Promise<string | undefined>;
  /** Removes everything under a folder. A missing folder is no error. */
  deleteFolder(folder: string): Promise<void>;
  /** Keys under a folder. */
  list(folder: string): Promise<string[]>;
}
