/** Trying again, by kafkajs' errors. */
import { setTimeout } from 'node:timers/promises';
import { MillraceError } from '../../../ports/index.ts';
import { retry } from '../retry.ts';
import { isRetriable, kafkaError } from './errors.ts';

export const sleep = (ms: number): Promise<void> => setTimeout(ms);

const RULES = { isPassing: isRetriable, toMillraceError: (error: unknown, what: string): MillraceError => kafkaError(error, what) };

/** Tries until it works, `forMs` have passed or the client is closed. @throws MillraceError of what went wrong last */
export const retrying = <T>(what: string, forMs: number, isClosed: () => boolean, attempt: () => Promise<T>): Promise<T> => retry(async () => {
  if (isClosed()) throw new MillraceError('MILL_CLOSED', `${what}: the Kafka client is closed.`);
  return attempt();
}, RULES, { what, timeoutMs: forMs });
