/**
 * Work in progress lies beside its target under a name of its own, and becomes the target by one rename. The name holds
 * the process id: a client that outlived a killed run must not write into the draft of the next one.
 */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

const MARK = '.part-';

export const draftOf = (target: string): string => `${target}${MARK}${process.pid}`;

/** Removes what runs that were killed left in a directory. Only for the holder of the lock. */
export async function sweepDrafts(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  await Promise.all(names.filter((name) => name.includes(MARK)).map((name) => rm(path.join(directory, name), { recursive: true, force: true })));
}
