/** Large writes of what comes one by one. */
export { BatchingWriter } from './batching-writer.ts';
export type { BatchTarget, BatchingWriterOptions, WriteContext, WriteOrder } from './batching-writer.ts';
