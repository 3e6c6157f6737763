/**
 * Groups items of like length. A tensor batch is padded to its longest item, so a long item among short ones makes all
 * of them as dear as itself; and a batch of one leaves the fixed cost of a run unshared. Pipelines of text and of text
 * lines share this middle way.
 */

export interface GroupingOptions {
  readonly maxGroup: number;
  /** Padding that is cheaper than another run, in units of length. */
  readonly slack: number;
}

/** Indexes of `lengths`, in groups: within one, the longest is at most a third (and the slack) longer than the shortest. */
export function groupByLength(lengths: readonly number[], { maxGroup, slack }: GroupingOptions): number[][] {
  const order = lengths.map((length, index) => ({ length, index })).sort((a, b) => b.length - a.length);
  const groups: number[][] = [];
  let shortestAllowed = Infinity;
  for (const { length, index } of order) {
    const group = groups.at(-1);
    if (group !== undefined && group.length < maxGroup && length >= shortestAllowed) {
      group.push(index);
    } else {
      groups.push([index]);
      shortestAllowed = length * 0.75 - slack;
    }
  }
  return groups;
}
