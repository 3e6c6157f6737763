/**
 * Locks between processes. The lock file names its owner, by process id and start time; the lock of an owner that is
 * gone is broken. Others wait, or go elsewhere.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { draftOf } from './drafts.ts';
import { identify, isAlive } from './process-identity.ts';

const RETRY_MS = 300;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once, when somebody else holds it. */
  readonly onWait?: (pid: string) => void;
}

export type Release = () => Promise<void>;

/** Waits for the lock of a directory. @returns how to give it back */
export async function acquireLock(directory: string, { signal, onWait = () => undefined }: LockOptions = {}): Promise<Release> {
  let told = false;
  for (;;) {
    const held = await tryLock(path.join(directory, '.lock'));
    if (typeof held !== 'string') return held;
    signal?.throwIfAborted();
    if (!told && held !== '') onWait(held);
    told ||= held !== '';
    await sleep(RETRY_MS, undefined, { signal });
  }
}

/** @returns how to give it back, or the process id of its owner (empty when it was given back in this moment) */
export async function tryLock(file: string): Promise<Release | string> {
  const { pid, started } = await identify(process.pid);
  for (;;) {
    if (await create(file, `${pid} ${started}`)) return () => rm(file, { force: true });
    const owner = await readFile(file, 'utf8').catch(() => '');
    const [ownerPid = '', ownerStarted = ''] = owner.split(' ');
    if (owner === '' || (await isAlive({ pid: Number(ownerPid), started: ownerStarted }))) return ownerPid;
    await breakLock(file, owner);
  }
}

/** The file appears with its content, or not at all. */
async function create(file: string, content: string): Promise<boolean> {
  const draft = draftOf(`${file}.${randomUUID()}`);
  await writeFile(draft, content);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Moves the lock aside; if another process had broken it first and this is a new owner's, puts it back. */
async function breakLock(file: string, owner: string): Promise<void> {
  const aside = draftOf(`${file}.broken`);
  if (!(await rename(file, aside).then(() => true, () => false))) return;
  if ((await readFile(aside, 'utf8')) !== owner) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}
