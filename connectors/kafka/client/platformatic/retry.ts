/** One request, tried again while the cluster has no leader or coordinator for it, up to a deadline. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing, toMillraceError } from './failures.ts';

export interface RetryOptions {
  /** For the message of the error. */
  readonly what: string;
  readonly timeoutMs: number;
  /** @default 20 */
  readonly firstDelayMs?: number;
  /** Told of each failure that is tried again. */
  readonly onFailure?: (error: unknown) => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

const LONGEST_DELAY_MS = 1_000;

/** Doubles from `firstDelayMs` up to a second. */
export const delayOf = (failures: number, firstDelayMs = 20): number => Math.min(firstDelayMs * 2 ** Math.min(failures, 10), LONGEST_DELAY_MS);

/** @throws MillraceError */
export async function retry<T>(attempt: () => Promise<T>, { what, timeoutMs, firstDelayMs, onFailure, signal }: RetryOptions): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const delayMs = delayOf(failures, firstDelayMs);
      if (signal?.aborted || !isPassing(error) || Date.now() + delayMs > deadline) throw toMillraceError(error, what);
      onFailure?.(error);
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}
