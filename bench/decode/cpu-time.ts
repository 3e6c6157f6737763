/** Processor time of this process and of the children that it has waited for. Unlike wall time it is hardly touched by what else the machine does. */
import { readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;
const FIELD_CUTIME = 15;

function cpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The name of the program, in brackets, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const childrenTicks = Number(fields[FIELD_CUTIME - 2]) + Number(fields[FIELD_CUTIME - 1]);
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + childrenTicks * TICK_MS;
}

export interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [cpu, wall] = [cpuMs(), performance.now()];
  await work();
  return { cpuMs: cpuMs() - cpu, wallMs: performance.now() - wall };
}
