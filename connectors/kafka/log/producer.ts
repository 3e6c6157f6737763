/** Writes to topics and does nothing else: for programs that publish, and keep no state. */
import type { LogDriver } from '../../ports/index.ts';
import { openKafkaClient } from '../client/index.ts';
import { compileConnectionOptions, type KafkaConnectionOptions } from '../options.ts';
import { Router } from './router.ts';
import { SharedProducer } from './shared-producer.ts';
import { TopicTable } from './topics.ts';

/** As a log's: a record goes to the partition of its key, and is stored once however often it had to be sent. */
export type KafkaTopicProducer = Pick<LogDriver, 'produce' | 'close'>;

/**
 * Connects to the cluster.
 * @throws MillraceError MILL_CONFIG_INVALID, MILL_KAFKA_UNAVAILABLE, MILL_KAFKA_AUTH
 */
export async function openKafkaProducer(options: KafkaConnectionOptions): Promise<KafkaTopicProducer> {
  const client = await openKafkaClient(compileConnectionOptions(options));
  const router = new Router(new TopicTable(client, undefined));
  const producer = new SharedProducer(client);
  return {
    async produce(records) {
      await producer.send(await router.route(records));
    },
    async close() {
      await producer.close();
      await client.close();
    },
  };
}
