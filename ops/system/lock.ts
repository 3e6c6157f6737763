/**
 * One fetch a cache at a time. The lock file names its owner, by process id and start time; the lock of an owner that
 * is gone is broken. Others wait.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { draftOf } from './drafts.ts';

const RETRY_MS = 300;

/** Tells a process from a later one with the same id, and from a dead one that nobody waited for; empty where the system does not say. */
async function startTime(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
}

async function alive(owner: string): Promise<boolean> {
  const [pid = '', started = ''] = owner.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return (await startTime(Number(pid))) === started;
}

export interface FetchLockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once, when somebody else holds it. */
  readonly onWait: (pid: string) => void;
}

/** @returns how to give it back */
export async function acquireFetchLock(directory: string, { signal, onWait }: FetchLockOptions): Promise<() => Promise<void>> {
  const file = path.join(directory, '.lock');
  const own = `${process.pid} ${await startTime(process.pid)}`;
  let told = false;
  while (!(await create(file, own))) {
    signal?.throwIfAborted();
    const owner = await readFile(file, 'utf8').catch(() => '');
    if (owner !== '' && !(await alive(owner))) {
      await breakLock(file, owner);
      continue;
    }
    if (!told && owner !== '') onWait(owner.split(' ')[0] ?? '');
    told ||= owner !== '';
    await sleep(RETRY_MS, undefined, { signal });
  }
  return () => rm(file, { force: true });
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
