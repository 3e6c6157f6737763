/** Waits between tries. */
import { setTimeout } from 'node:timers/promises';

const FIRST_MS = 50;
const LONGEST_MS = 1_000;

/** How long to wait after so many failures in a row: half to all of a time that doubles, so that instances do not come back as one. */
export const backOffMs = (failures: number): number => (failures <= 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2));

/** Resolves after the time, or when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
