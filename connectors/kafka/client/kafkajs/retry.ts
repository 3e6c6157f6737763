/** Trying again: by us until a time, and by kafkajs a number of times that comes to about the same. */
import type { RetryOptions } from 'kafkajs';
import { MillraceError } from '../../../ports/index.ts';
import { isRetriable, kafkaError } from './errors.ts';

const MAX_DELAY_MS = 1_000;
const FIRST_DELAY_MS = 20;

/** kafkajs counts attempts: as many as fill `totalMs` with delays that double up to a second. */
export function retryFor(totalMs: number, initialRetryTime: number): RetryOptions {
  let retries = 0;
  for (let sum = 0, delay = initialRetryTime; sum < totalMs; delay = Math.min(delay * 2, MAX_DELAY_MS)) {
    sum += delay;
    retries += 1;
  }
  return { initialRetryTime, maxRetryTime: MAX_DELAY_MS, multiplier: 2, factor: 0.2, retries };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/**
 * Tries until it works or `forMs` have passed; `attempt` should not hang.
 * @throws MillraceError of what went wrong last
 */
export async function retrying<T>(what: string, forMs: number, isClosed: () => boolean, attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + forMs;
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, MAX_DELAY_MS)) {
    if (isClosed()) throw new MillraceError('MILL_CLOSED', `${what}: the Kafka client is closed.`);
    try {
      return await attempt();
    } catch (error) {
      if (!isRetriable(error) || Date.now() + delay > until) throw kafkaError(error, what);
    }
    await sleep(delay);
  }
}

/** Rejects when the time has passed first; what goes on then must be cut by whoever calls. */
export async function within<T>(what: string, ms: number, running: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => { reject(new MillraceError('MILL_KAFKA_UNAVAILABLE', `${what}: no answer within ${ms} ms.`)); }, ms);
  });
  try {
    return await Promise.race([running, timedOut]);
  } finally {
    clearTimeout(timer);
  }
}
