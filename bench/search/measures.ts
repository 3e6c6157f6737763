/** Filling an index, and how long the event loop stood still. */
import { setInterval } from 'node:timers';
import type { IndexOperation, SearchIndex } from '../../connectors/ports/index.ts';
import { SyntheticMoments } from './synthetic-moments.ts';

const OPERATIONS_A_CALL = 500;

/** Moments a second, the time to make them up not counted. */
export async function fillIndex(index: SearchIndex, count: number, seen: (number: number, vector: Float32Array) => void): Promise<number> {
  const source = new SyntheticMoments(1);
  let writingMs = 0;
  for (let first = 0; first < count; first += OPERATIONS_A_CALL) {
    const operations: IndexOperation[] = [];
    for (let number = first; number < Math.min(count, first + OPERATIONS_A_CALL); number += 1) {
      const document = source.moment(number);
      if (document.vector !== null) seen(number, document.vector);
      operations.push({ type: 'moment', document });
    }
    const start = performance.now();
    await index.write(operations);
    writingMs += performance.now() - start;
  }
  return (count / writingMs) * 1000;
}

/** The longest gap between two ticks of a 1 ms timer while the work runs. */
export async function measureDelay(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return longest;
}
