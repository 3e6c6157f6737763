import type { TaskId } from '../../../../connectors/ports/index.ts';

/** The same numbers for the same seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(state / 65_536) % below;
  };
}

/** In the order in which a group has them. */
export const tasksOf = (subtopologies: number, partitions: number): TaskId[] =>
  Array.from({ length: partitions }, (_, partition) => Array.from({ length: subtopologies }, (__, index) => ({ subtopology: `s${index}`, partition }))).flat();

export const without = (names: readonly string[], others: readonly string[]): string[] => names.filter((name) => !others.includes(name));

/** Waits for what other turns of the event loop bring; mocha's time-out ends a test in which it never comes. */
export async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => { setTimeout(resolve, 2); });
}
