/** How much lies in a folder: the progress of a client that writes there. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

export async function bytesUnder(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map(async (entry) =>
    (await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0));
  return sizes.reduce((total, size) => total + size, 0);
}
