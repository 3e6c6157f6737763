/** From documents and insights to operations of the search index. */
export { IndexGate } from './gate.ts';
export { IndexWriter } from './index-writer.ts';
export type { WritableIndex } from './index-writer.ts';
