/**
 * Retries with exponential back-off and full jitter: the wait is anything from nothing to the bound, so that many
 * callers whom one outage met do not come back together. They are short, since an outage is waited for elsewhere.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMisconfigured, isTransient } from './failure.ts';

export interface RetryPolicy {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** No try starts later than this after the first: silent connections take long enough. */
  readonly maxElapsedMs: number;
}

export async function withRetries<T>(policy: RetryPolicy, signal: AbortSignal | undefined, use: (attempt: number) => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      signal?.throwIfAborted();
      return await use(attempt);
    } catch (error) {
      const late = performance.now() - startedAt > policy.maxElapsedMs;
      if (signal?.aborted === true || attempt >= policy.attempts || late || !isTransient(error) || isMisconfigured(error)) throw error;
      await sleep(Math.random() * Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** attempt), undefined, { signal });
    }
  }
}
