/** Options of the Kafka connector: optional outside, complete inside. Names follow Kafka's configs. */
import { z } from 'zod';
import { MillraceError } from '../ports/index.ts';

const durationMs = z.int().min(1);
const pem = z.string().includes('-----BEGIN', { message: 'must be the text of a PEM file' });

const sasl = z.discriminatedUnion('mechanism', [
  z.strictObject({ mechanism: z.literal('plain'), username: z.string().min(1), password: z.string().min(1) }),
  z.strictObject({ mechanism: z.literal('scram-sha-256'), username: z.string().min(1), password: z.string().min(1) }),
  z.strictObject({ mechanism: z.literal('scram-sha-512'), username: z.string().min(1), password: z.string().min(1) }),
  /** Asked for a token at each login and before it expires. */
  z.strictObject({ mechanism: z.literal('oauthbearer'), token: z.custom<() => Promise<string>>((value) => typeof value === 'function') }),
]);

const tls = z.strictObject({
  /** Of the authority that signed the brokers' certificates. @default the system's authorities */
  ca: pem.optional(),
  /** For mutual TLS. */
  cert: pem.optional(),
  key: pem.optional(),
  /** Name that the brokers' certificates are checked for. @default each broker's host */
  serverName: z.string().min(1).optional(),
});

const connectionSchema = z.object({
  /** bootstrap.servers, each `host:port`. */
  brokers: z.array(z.string().regex(/^.+:\d+$/, 'must be host:port')).min(1),
  /** kafkajs, or @platformatic/kafka. */
  driver: z.enum(['kafkajs', 'platformatic']).default('kafkajs'),
  clientId: z.string().min(1).default('millrace'),
  tls: z.union([z.boolean(), tls]).default(false),
  sasl: sasl.optional(),
  /** compression.type of what is produced. */
  compression: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).default('none'),
  connectionTimeoutMs: durationMs.default(10_000),
  requestTimeoutMs: durationMs.default(30_000),
  /** How long a request is tried again while the cluster has no leader or coordinator for it. */
  deliveryTimeoutMs: durationMs.default(120_000),
  /** Told what the client library logs, much of which heals by itself. @default nothing is written */
  log: z.custom<(level: 'error' | 'warn' | 'info' | 'debug', message: string) => void>((value) => typeof value === 'function').optional(),
});

const logSchema = connectionSchema.extend({
  /** state.dir: one folder a task below it. */
  stateDirectory: z.string().min(1),
  /** Of topics that Millrace creates. Absent: the broker's default. */
  replicationFactor: z.int().min(1).optional(),
  /** Where a partition is read from when retention has removed the committed offset. Absent: the task fails and names what is lost. */
  autoOffsetReset: z.enum(['earliest', 'latest']).optional(),
  numStandbyReplicas: z.int().min(0).default(0),
  sessionTimeoutMs: durationMs.default(45_000),
  heartbeatIntervalMs: durationMs.default(3_000),
  /** max.poll.interval.ms: how long members may take to join a rebalance. */
  rebalanceTimeoutMs: durationMs.default(60_000),
  /** How long a broker keeps a transaction whose instance has died; readers of its topics wait as long. */
  transactionTimeoutMs: durationMs.default(30_000),
  /** fetch.max.wait.ms */
  fetchMaxWaitMs: durationMs.default(100),
  /** metadata.max.age.ms: how often it is looked whether source and changelog topics were deleted, or given other partitions. */
  metadataMaxAgeMs: durationMs.max(2 ** 31 - 1).default(60_000),
  /** state.cleanup.delay.ms: how long the state of a task that another instance has, and that is not shadowed here, is kept. */
  stateCleanupDelayMs: durationMs.max(2 ** 31 - 1).default(600_000),
  /** How long the LOCK of a state folder is waited for on a hand-over. */
  lockTimeoutMs: durationMs.default(30_000),
});

export type KafkaConnectionOptions = z.input<typeof connectionSchema>;
export type CompiledConnectionOptions = z.output<typeof connectionSchema>;
export type KafkaLogOptions = z.input<typeof logSchema>;
export type CompiledKafkaLogOptions = z.output<typeof logSchema>;

function compile<Schema extends z.ZodType>(schema: Schema, options: z.input<Schema>): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of Kafka: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export const compileConnectionOptions = (options: KafkaConnectionOptions): CompiledConnectionOptions => compile(connectionSchema, options);
export const compileKafkaLogOptions = (options: KafkaLogOptions): CompiledKafkaLogOptions => compile(logSchema, options);
