/** Text: passages of documents, and their embedding. */
export { splitPassages } from './passages.ts';
export type { Passage, PassageOptions } from './passages.ts';
