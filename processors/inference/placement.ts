/**
 * Which workers may hold which model. Each task has one home; the heaviest tasks are spread first, so that the load of
 * a playing video is level. What is left of the memory budget buys second homes, dearest task first, then third ones, so
 * that a stream of one kind (photographs only) and the dearest task of a film use all cores. Memory is bounded because
 * nothing loads outside its homes.
 */

export interface PlacedTask<T extends string> {
  readonly task: T;
  readonly cpuMsPerMediaSecond: number;
  readonly memoryMb: number;
}

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
  for (let count = 1; count < workers; count += 1) {
    for (const { task, memoryMb: own } of heaviestFirst) {
      const [first = 0, ...others] = homes.get(task) ?? [];
      // Whoever could not afford the last one is no richer now.
      if (others.length + 1 < count || memoryMb + own > memoryBudgetMb) continue;
      memoryMb += own;
      homes.set(task, [first, ...others, (first + count) % workers]);
    }
  }
  return homes;
}
