/**
 * Retries with exponential back-off and full jitter: the wait is anything from nothing to the bound, so that many
 * callers whom one outage met do not come back together. They are short, since an outage is waited for elsewhere.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMisconfigured, isTransient, S3Timeout } from './failure.ts';

export interface RetryPolicy {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Tries that may end by a silent connection: each takes long enough. */
  readonly timeouts: number;
}

export async function withRetries<T>(policy: RetryPolicy, signal: AbortSignal | undefined, use: (attempt: number) => Promise<T>): Promise<T> {
  let timeouts = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      signal?.throwIfAborted();
      return await use(attempt);
    } catch (error) {
      if (error instanceof S3Timeout) timeouts += 1;
      if (signal?.aborted === true || attempt >= policy.attempts || timeouts >= policy.timeouts || !isTransient(error) || isMisconfigured(error)) throw error;
      await sleep(Math.random() * Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** attempt), undefined, { signal });
    }
  }
}
