/** KafkaClient on kafkajs: its connections, logins, protocol and group membership; reading and sending are Millrace's own. */
export { openKafkajsClient } from './client.ts';
