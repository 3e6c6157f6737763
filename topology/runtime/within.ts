import type { Clock } from './clock.ts';

/** Whether the work ended in time. What it rejects with is thrown; after the time it is nobody's any more. */
export async function within(clock: Clock, timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  let cancel: () => void = () => undefined;
  const late = new Promise<boolean>((resolve) => { cancel = clock.setTimer(timeoutMs, () => { resolve(false); }); });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    cancel();
    work.catch(() => undefined);
  }
}
