import type { CompiledConnectionOptions } from '../options.ts';
import type { KafkaClient } from './client.ts';

/**
 * Opens the client of `options.driver`; the other library is not loaded.
 * @throws MillraceError MILL_KAFKA_UNAVAILABLE when no broker answers within the connection time-out, MILL_KAFKA_AUTH when they refuse the login
 */
export async function openKafkaClient(options: CompiledConnectionOptions): Promise<KafkaClient> {
  if (options.driver === 'platformatic') return await (await import('./platformatic/index.ts')).openPlatformaticClient(options);
  return await (await import('./kafkajs/index.ts')).openKafkajsClient(options);
}
