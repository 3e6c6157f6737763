/** Temporary folders of tests, each with a name of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The caller removes it. */
export const temporaryFolder = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'millrace-test-'));

/** Again where a process that was just killed still holds a file. */
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });

/** A folder that is removed when `use` ends, whatever happens. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await temporaryFolder();
  try {
    return await use(folder);
  } finally {
    await removeFolder(folder);
  }
}
