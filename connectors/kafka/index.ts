/** Kafka: the log of the cluster profile. */
export { openKafkaLog } from './log/index.ts';
export type { KafkaConnectionOptions, KafkaLogOptions } from './options.ts';
