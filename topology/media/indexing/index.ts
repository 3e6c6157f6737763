/** From documents and insights to operations of the search index. */
export { BatchingWriter } from './batching-writer.ts';
export type { WritableIndex, WriteContext } from './batching-writer.ts';
export { IndexGate } from './gate.ts';
