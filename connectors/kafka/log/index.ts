/** The log on Kafka. */
export { openKafkaLog } from './driver.ts';
export { openKafkaProducer, type KafkaTopicProducer } from './producer.ts';
