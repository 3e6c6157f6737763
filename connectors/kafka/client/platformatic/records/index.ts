/** Record batches: what Kafka stores, in Produce requests and Fetch responses. */
export { Cursor } from './cursor.ts';
export { decodeBatches, type AbortedTransaction } from './decode.ts';
export { encodeBatch, type EncodedBatch } from './encode.ts';
