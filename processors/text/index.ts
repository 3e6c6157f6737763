/** Text: passages of documents, and the embedding of passages. */
export { splitPassages } from './passages.ts';
export type { Passage, PassageOptions } from './passages.ts';
export { createReader } from './reader.ts';
export type { Reader, ReaderOptions, TextFindings } from './reader.ts';
