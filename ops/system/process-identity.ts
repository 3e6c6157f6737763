/** Names a process by id and start time, so that a later process with the same id is never taken for it. */
import { readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** As the system counts it; empty where it does not say. */
  readonly started: string;
}

/** Tells a process from a later one with the same id, and from a dead one that nobody waited for. */
async function startTime(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
}

export const identify = async (pid: number): Promise<ProcessIdentity> => ({ pid, started: await startTime(pid) });

export async function isAlive({ pid, started }: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return (await startTime(pid)) === started;
}
