/** Record batches: what Kafka stores, in Produce requests and Fetch answers. Both drivers write and read them here. */
export { Cursor } from './cursor.ts';
export { decodeBatches } from './decode.ts';
export { encodeBatch, type BatchOptions, type EncodedBatch } from './encode.ts';
export { readFetchAnswer, type FetchAnswer, type FetchAnswerPartition } from './fetch-answer.ts';
export { readInt64 } from './numbers.ts';
