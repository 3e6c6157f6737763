/** Trying again while the cluster has no leader or coordinator for a request, or cannot be reached: with pauses that grow, up to a deadline. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MillraceError } from '../../ports/index.ts';

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

/** How a driver reads its own errors. */
export interface ErrorRules {
  /** Worth another try. */
  readonly isPassing: (error: unknown) => boolean;
  readonly toMillraceError: (error: unknown, what: string) => MillraceError;
}

const LONGEST_DELAY_MS = 1_000;

/** Doubles from `firstDelayMs` up to a second. */
export const delayOf = (failures: number, firstDelayMs = 20): number => Math.min(firstDelayMs * 2 ** Math.min(failures, 10), LONGEST_DELAY_MS);

/**
 * `attempt` should not hang.
 * @throws MillraceError of what went wrong last
 */
export async function retry<T>(attempt: () => Promise<T>, { isPassing, toMillraceError }: ErrorRules, { what, timeoutMs, firstDelayMs, onFailure, signal }: RetryOptions): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let failures = 0; ; failures += 1) {
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
