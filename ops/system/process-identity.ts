/** Names a process by id and start time, so that a later process with the same id is never taken for it. */
import { readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** As the system counts it; empty where it does not say. */
  readonly started: string;
}

/** What the system tells of it, from its state on; nothing where there is no such process. */
async function fieldsOf(pid: number): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

/** Tells a process from a later one with the same id, and from a dead one that nobody waited for. */
async function startTime(pid: number): Promise<string> {
  const fields = await fieldsOf(pid);
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
}

export const UNKNOWN_GROUP = 0;

/** The process group that it is in. */
export const groupOf = async (pid: number): Promise<number> => Number((await fieldsOf(pid))[2] ?? UNKNOWN_GROUP);

export const identify = async (pid: number): Promise<ProcessIdentity> => ({ pid, started: await startTime(pid) });

export async function isAlive({ pid, started }: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return (await startTime(pid)) === started;
}
