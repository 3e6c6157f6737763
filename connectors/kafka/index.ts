/** Kafka: the log of the cluster profile. */
export { openKafkaLog, openKafkaProducer, type KafkaTopicProducer } from './log/index.ts';
export type { KafkaConnectionOptions, KafkaLogOptions } from './options.ts';
