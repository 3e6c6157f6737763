/** Numbers of Kafka's wire format. */
export { readInt64 } from '../records/index.ts';
