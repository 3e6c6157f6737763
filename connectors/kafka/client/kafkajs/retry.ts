/** Trying again, with pauses that grow. */
import { MillraceError } from '../../../ports/index.ts';
import { isRetriable, kafkaError } from './errors.ts';

const MAX_DELAY_MS = 1_000;
const FIRST_DELAY_MS = 20;

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
