/** The log on Kafka. */
export { openKafkaLog } from './driver.ts';
