/** Options of the schema registry: optional outside, complete inside. */
import { z } from 'zod';
import { MillraceError } from '../ports/index.ts';

const duration = z.number().nonnegative();
const count = z.int().positive();
const pem = z.union([z.string(), z.instanceof(Buffer)]);

const optionsSchema = z.strictObject({
  /** Where the registry's API begins, e.g. `http://localhost:8081`. */
  url: z.url({ protocol: /^https?$/ }).refine((url) => !/\/\/[^/]*@/.test(url), 'give user and password by `auth`'),
  auth: z.strictObject({ username: z.string(), password: z.string() }).optional(),
  /** For https: whom to trust instead of the system's authorities, and who we are. PEM. */
  tls: z.strictObject({ ca: pem.optional(), cert: pem.optional(), key: pem.optional(), passphrase: z.string().optional() }).optional(),
  /** How subjects are named: Confluent's TopicNameStrategy, RecordNameStrategy, TopicRecordNameStrategy. */
  subjectStrategy: z.enum(['topic-name', 'record-name', 'topic-record-name']).default('record-name'),
  /** Of one try. */
  timeoutMs: z.number().positive().default(5_000),
  /** When the registry cannot be reached or is out of order: tries in all, and waits that double, with jitter. */
  retry: z.strictObject({ attempts: count.default(4), backoffMs: duration.default(100), maxBackoffMs: duration.default(2_000) }).prefault({}),
  /** Ids that the registry does not have: how long and how many are remembered, and how many are asked for in a second. */
  unknownIds: z.strictObject({ ttlMs: duration.default(30_000), maxEntries: count.default(10_000), lookupsPerSecond: z.number().positive().default(100) }).prefault({}),
});

/** All but `url` optional. */
export type ConfluentRegistryOptions = z.input<typeof optionsSchema>;
export type CompiledRegistryOptions = z.output<typeof optionsSchema>;

export function compileRegistryOptions(options: ConfluentRegistryOptions): CompiledRegistryOptions {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the schema registry: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
