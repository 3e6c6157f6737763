/** Dead letters: to list, look at, retry and purge. */
export type { DeadLetterRecord } from './dead-letter.ts';
export { DeadLetterQueue } from './dead-letter-queue.ts';
export type { DeadLetterFilter, DeadLetterQueueOptions } from './dead-letter-queue.ts';
