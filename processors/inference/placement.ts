/**
 * Which workers may hold which model. Each task has one home; the heaviest tasks are spread first, so that the load of
 * a playing video is level. What is left of the memory budget buys second homes, dearest task first, so that a stream
 * of one kind (photographs only) still uses two cores. Memory is bounded because nothing loads outside its homes.
 */

export interface PlacedTask<T extends string> {
  readonly task: T;
  readonly cpuMsPerMediaSecond: number;
  readonly memoryMb: number;
}

const MOST_HOMES = 2;

/** Worker numbers of each task; the first is the one to prefer. */
export function placeTasks<T extends string>(tasks: readonly PlacedTask<T>[], workers: number, memoryBudgetMb: number): Map<T, readonly number[]> {
  const heaviestFirst = [...tasks].sort((a, b) => b.cpuMsPerMediaSecond - a.cpuMsPerMediaSecond || (a.task < b.task ? -1 : 1));
  const load = Array.from({ length: workers }, () => 0);
  const homes = new Map<T, number[]>();
  let memoryMb = 0;
  for (const { task, cpuMsPerMediaSecond, memoryMb: own } of heaviestFirst) {
    const home = load.indexOf(Math.min(...load));
    load[home] = (load[home] ?? 0) + cpuMsPerMediaSecond;
    memoryMb += own;
    homes.set(task, [home]);
  }
  for (const { task, memoryMb: own } of heaviestFirst) {
    const [home] = homes.get(task) ?? [];
    if (workers < MOST_HOMES || home === undefined || memoryMb + own > memoryBudgetMb) continue;
    memoryMb += own;
    homes.set(task, [home, (home + 1) % workers]);
  }
  return homes;
}
