/** Proportional set size (Linux) of a process and all of its descendants. */
import { readdir, readFile } from 'node:fs/promises';

/** Parent of each process, from /proc. */
async function parents(): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The command may hold spaces and brackets; what follows its last bracket does not.
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent !== undefined) found.set(Number(name), Number(parent));
  }
  return found;
}

async function pssBytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
}

export async function treePssBytes(root: number): Promise<number> {
  const parentOf = await parents();
  const inTree = (pid: number): boolean => pid === root || (parentOf.has(pid) && inTree(parentOf.get(pid) ?? 0));
  const sizes = await Promise.all([...parentOf.keys()].filter(inTree).map(pssBytes));
  return sizes.reduce((sum, size) => sum + size, 0);
}
