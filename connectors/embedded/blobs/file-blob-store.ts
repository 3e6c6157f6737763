/**
 * Blobs as files: `<root>/<first two letters of the folder>/<folder>/<sha256>.<extension>`. A blob is written aside and
 * renamed, so it is there whole or not at all; a folder that is removed is first renamed away. What a killed process
 * left in `<root>/tmp` is removed at the next open.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { assertBlobFolder, formatBlobKey, isBlobFile, blobKeyFor, MillraceError, parseBlobKey } from '../../ports/index.ts';
import type { BlobKey, BlobStore } from '../../ports/index.ts';

const TEMPORARY = 'tmp';
/** A leftover whose process id is in use again is removed when it is this old. */
const LEFTOVER_MAX_AGE_MS = 60 * 60 * 1_000;
/** A folder may be removed between its making and the rename into it. */
const MAX_PLACE_ATTEMPTS = 5;

const optionsSchema = z.strictObject({
  directory: z.string().min(1),
  /** An fsync for each blob, so that it survives power loss and not only the end of the process. */
  sync: z.boolean().default(false),
});

/** `directory` is required. */
export type BlobStoreOptions = z.input<typeof optionsSchema>;

const codeOf = (error: unknown): string | undefined => (error instanceof Error && 'code' in error ? String(error.code) : undefined);

function blobFailure(action: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
  return new MillraceError(full ? 'MILL_DISK_FULL' : 'MILL_STATE_IO', `${action} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

const notFound = (key: string, cause: unknown): MillraceError => new MillraceError('MILL_BLOB_NOT_FOUND', `There is no blob ${key}.`, { cause });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

class FileBlobStore implements BlobStore {
  readonly #root: string;
  readonly #sync: boolean;

  constructor(root: string, sync: boolean) {
    this.#root = root;
    this.#sync = sync;
  }

  async put(folder: string, extension: string, bytes: Uint8Array): Promise<string> {
    const key = blobKeyFor(folder, extension, bytes);
    const path = this.#pathOf(key);
    try {
      if (!(await this.#holds(path, bytes.length))) await this.#place(await this.#writeAside(bytes), path);
    } catch (error) {
      throw blobFailure(`Storing blob ${formatBlobKey(key)}`, error);
    }
    return formatBlobKey(key);
  }

  async get(key: string): Promise<Buffer> {
    const path = this.#pathOf(parseBlobKey(key));
    try {
      return await readFile(path);
    } catch (error) {
      throw codeOf(error) === 'ENOENT' ? notFound(key, error) : blobFailure(`Reading blob ${key}`, error);
    }
  }

  async stream(key: string): Promise<Readable> {
    const path = this.#pathOf(parseBlobKey(key));
    try {
      return (await open(path)).createReadStream();
    } catch (error) {
      throw codeOf(error) === 'ENOENT' ? notFound(key, error) : blobFailure(`Reading blob ${key}`, error);
    }
  }

  localPath(key: string): string {
    return this.#pathOf(parseBlobKey(key));
  }

  async link(): Promise<undefined> {
    return undefined;
  }

  async deleteFolder(folder: string): Promise<void> {
    assertBlobFolder(folder);
    const aside = this.#temporaryPath();
    try {
      await rename(this.#folderPath(folder), aside);
      await rm(aside, { recursive: true });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw blobFailure(`Removing the blobs of ${folder}`, error);
    }
  }

  async list(folder: string): Promise<string[]> {
    assertBlobFolder(folder);
    try {
      const names = await readdir(this.#folderPath(folder));
      return names.filter(isBlobFile).sort().map((file) => formatBlobKey({ folder, file }));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw blobFailure(`Listing the blobs of ${folder}`, error);
    }
  }

  /** Removes what processes that are gone left half done. */
  async clean(): Promise<void> {
    const directory = join(this.#root, TEMPORARY);
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      const made = await stat(path).catch(() => undefined);
      if (made === undefined) continue;
      if (!isAlive(Number.parseInt(name, 10)) || Date.now() - made.mtimeMs > LEFTOVER_MAX_AGE_MS) await rm(path, { recursive: true, force: true });
    }
  }

  #folderPath(folder: string): string {
    return join(this.#root, folder.slice(0, 2), folder);
  }

  #pathOf({ folder, file }: BlobKey): string {
    return join(this.#folderPath(folder), file);
  }

  #temporaryPath(): string {
    return join(this.#root, TEMPORARY, `${process.pid}-${randomUUID()}`);
  }

  async #holds(path: string, size: number): Promise<boolean> {
    const found = await stat(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    return found?.size === size;
  }

  async #writeAside(bytes: Uint8Array): Promise<string> {
    const path = this.#temporaryPath();
    try {
      const file = await open(path, 'wx');
      try {
        await file.writeFile(bytes);
        if (this.#sync) await file.sync();
      } finally {
        await file.close();
      }
      return path;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  async #place(aside: string, path: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await mkdir(dirname(path), { recursive: true });
      try {
        await rename(aside, path);
        break;
      } catch (error) {
        if (codeOf(error) === 'ENOENT' && attempt < MAX_PLACE_ATTEMPTS) continue;
        await unlink(aside).catch(() => undefined);
        throw error;
      }
    }
    if (this.#sync) await syncDirectory(dirname(path));
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Opens a blob store in a folder, which is made where it is missing. */
export async function openFileBlobStore(options: BlobStoreOptions): Promise<BlobStore> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the blob store: ${z.prettifyError(parsed.error)}`);
  const store = new FileBlobStore(resolve(parsed.data.directory), parsed.data.sync);
  try {
    await store.clean();
  } catch (error) {
    throw blobFailure(`Opening the blob store ${parsed.data.directory}`, error);
  }
  return store;
}
