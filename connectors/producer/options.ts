/** Options of the producer: optional outside, complete inside. Those of Kafka and the registry are theirs to check. */
import { z } from 'zod';
import type { KafkaConnectionOptions } from '../kafka/index.ts';
import { MillraceError } from '../ports/index.ts';
import type { ConfluentRegistryOptions } from '../registry/index.ts';

const optionsSchema = z.strictObject({
  kafka: z.custom<KafkaConnectionOptions>((value) => typeof value === 'object' && value !== null, 'say where Kafka is: { brokers: [\'host:9092\'] }'),
  registry: z.custom<ConfluentRegistryOptions>((value) => typeof value === 'object' && value !== null, 'say where the schema registry is: { url }'),
  topic: z.string().min(1).default('media.assets'),
  /** Of events that name none. */
  library: z.string().min(1).default('default'),
  /** Of events that name none. */
  priority: z.enum(['LIVE', 'BULK']).default('LIVE'),
  /** In one request to the cluster. */
  maxBatchRecords: z.int().min(1).default(500),
  /** Records that wait or are under way; `submit` and `remove` wait for room beyond. */
  maxPendingRecords: z.int().min(1).default(10_000),
});

/** All but `kafka` and `registry` optional. */
export type MediaProducerOptions = z.input<typeof optionsSchema>;
export type CompiledProducerOptions = z.output<typeof optionsSchema>;

export function compileProducerOptions(options: MediaProducerOptions): CompiledProducerOptions {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the producer: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
