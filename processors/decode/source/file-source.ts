/**
 * Local files. Only regular files are opened: a FIFO would hang, a device has no end, and a symbolic link in a folder
 * that a stranger filled may point to anything on the machine. Folders on the way may be links (they are the
 * operator's own); the last component may not. Who wants a link followed submits its target.
 */
import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { MediaInput, MediaSource } from '../../../connectors/ports/index.ts';

const CHUNK_BYTES = 1 << 20;

/** @param folders only what lies below these; a link on the way out of them does not lead there */
export async function openFileSource(uri: URL, folders?: readonly string[]): Promise<MediaSource> {
  const named = localPathOf(uri);
  const path = folders === undefined ? named : await within(folders, named);
  // Non-blocking, so that a FIFO without a writer is refused below and not waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: unknown) => {
    throw openFailure(error);
  });
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new MillraceError('MILL_MEDIA_FORBIDDEN', 'The source is no regular file', { hint: 'Submit regular files; devices, pipes and folders are not read.' });
    return new FileSource(path, handle, stats);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class FileSource implements MediaSource {
  readonly input: MediaInput;
  readonly sizeBytes: number;
  readonly identity: string;
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, stats: BigIntStats) {
    this.#path = path;
    this.#handle = handle;
    this.input = { type: 'descriptor', fd: handle.fd };
    this.sizeBytes = Number(stats.size);
    this.identity = identityOf(stats);
  }

  async read(position: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.sizeBytes - position));
    const buffer = Buffer.alloc(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.#handle.read(buffer, filled, wanted - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  async* chunks(): AsyncIterable<Buffer> {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let position = 0;
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async assertUnchanged(): Promise<void> {
    const [open, named] = await Promise.all([this.#handle.stat({ bigint: true }), lstat(this.#path, { bigint: true }).catch(() => undefined)]);
    if (identityOf(open) !== this.identity || named === undefined || identityOf(named) !== this.identity) {
      throw new MillraceError('MILL_SOURCE_CHANGED', `${basename(this.#path)} changed while it was read`);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function within(folders: readonly string[], named: string): Promise<string> {
  // The last component is no link, or it is not opened.
  const path = join(await realpath(dirname(named)).catch((error: unknown) => { throw openFailure(error); }), basename(named));
  for (const folder of folders) {
    const real = await realpath(folder).catch(() => resolve(folder));
    if (path.startsWith(real.endsWith(sep) ? real : `${real}${sep}`)) return path;
  }
  throw new MillraceError('MILL_MEDIA_FORBIDDEN', 'The source lies in no folder that sources may lie in', { hint: 'Put it below one of sourceFolders (MILLRACE_SOURCE_FOLDERS), or submit it as an object.' });
}

/** The change time cannot be set back by whoever writes the file; the modification time can. */
const identityOf = (stats: BigIntStats): string => [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');

function localPathOf(uri: URL): string {
  try {
    return fileURLToPath(uri);
  } catch (error) {
    throw new MillraceError('MILL_SOURCE_NOT_FOUND', 'The URI names no file of this machine', { cause: error });
  }
}

function openFailure(error: unknown): MillraceError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ELOOP') {
    return new MillraceError('MILL_MEDIA_FORBIDDEN', 'The source is a symbolic link, and links are not followed', { cause: error, hint: 'Submit the file that the link points to.' });
  }
  if (code === 'ENXIO') return new MillraceError('MILL_MEDIA_FORBIDDEN', 'The source is no regular file', { cause: error });
  return new MillraceError('MILL_SOURCE_NOT_FOUND', `The source cannot be opened (${code})`, { cause: error });
}
