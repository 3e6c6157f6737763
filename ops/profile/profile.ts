/**
 * On what an instance runs: the embedded log and registry in its data directory, or Kafka and a schema registry where
 * the environment names brokers. Blobs and the index lie in the data directory in both.
 *
 * | variable | meaning |
 * | --- | --- |
 * | MILLRACE_KAFKA_BROKERS | `host:port,…`; absent: the embedded profile |
 * | MILLRACE_SCHEMA_REGISTRY | URL of a Confluent-compatible registry; needed with Kafka |
 * | MILLRACE_KAFKA_DRIVER | `kafkajs` (default) or `platformatic` |
 * | MILLRACE_KAFKA_COMPRESSION | `none` (default), `gzip`, `snappy`, `lz4` or `zstd` |
 * | MILLRACE_KAFKA_TLS | `true`, or the path of a PEM file with the authority to trust |
 * | MILLRACE_KAFKA_SASL_MECHANISM | `plain`, `scram-sha-256` or `scram-sha-512` |
 * | MILLRACE_KAFKA_USERNAME, MILLRACE_KAFKA_PASSWORD | for SASL; MILLRACE_KAFKA_PASSWORD_FILE names a file instead |
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { KafkaConnectionOptions } from '../../connectors/kafka/index.ts';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { ConfluentRegistryOptions } from '../../connectors/registry/index.ts';

export type Profile =
  | { readonly name: 'embedded' }
  | { readonly name: 'kafka'; readonly kafka: KafkaConnectionOptions; readonly registry: ConfluentRegistryOptions };

const variables = z.object({
  MILLRACE_KAFKA_BROKERS: z.string().min(1),
  MILLRACE_SCHEMA_REGISTRY: z.string().min(1),
  MILLRACE_KAFKA_DRIVER: z.enum(['kafkajs', 'platformatic']).optional(),
  MILLRACE_KAFKA_COMPRESSION: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).optional(),
  MILLRACE_KAFKA_TLS: z.string().optional(),
  MILLRACE_KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  MILLRACE_KAFKA_USERNAME: z.string().optional(),
  MILLRACE_KAFKA_PASSWORD: z.string().optional(),
  MILLRACE_KAFKA_PASSWORD_FILE: z.string().optional(),
});
type Variables = z.output<typeof variables>;

/** @throws MillraceError MILL_CONFIG_INVALID, naming the variable */
export async function readProfile(env: NodeJS.ProcessEnv): Promise<Profile> {
  if ((env['MILLRACE_KAFKA_BROKERS'] ?? '') === '') return { name: 'embedded' };
  const parsed = variables.safeParse(env);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Environment: ${z.prettifyError(parsed.error)}`);
  const { data } = parsed;
  return {
    name: 'kafka',
    kafka: {
      brokers: data.MILLRACE_KAFKA_BROKERS.split(',').map((broker) => broker.trim()),
      ...(data.MILLRACE_KAFKA_DRIVER === undefined ? {} : { driver: data.MILLRACE_KAFKA_DRIVER }),
      ...(data.MILLRACE_KAFKA_COMPRESSION === undefined ? {} : { compression: data.MILLRACE_KAFKA_COMPRESSION }),
      ...(await readTls(data)),
      ...(await readSasl(data)),
    },
    registry: { url: data.MILLRACE_SCHEMA_REGISTRY },
  };
}

async function readTls({ MILLRACE_KAFKA_TLS: tls }: Variables): Promise<Pick<KafkaConnectionOptions, 'tls'>> {
  if (tls === undefined || tls === '' || tls === 'false') return {};
  return { tls: tls === 'true' ? true : { ca: await readNamed('MILLRACE_KAFKA_TLS', tls) } };
}

async function readSasl(data: Variables): Promise<Pick<KafkaConnectionOptions, 'sasl'>> {
  const { MILLRACE_KAFKA_SASL_MECHANISM: mechanism, MILLRACE_KAFKA_USERNAME: username, MILLRACE_KAFKA_PASSWORD_FILE: file } = data;
  if (mechanism === undefined) return {};
  const password = file === undefined ? data.MILLRACE_KAFKA_PASSWORD : (await readNamed('MILLRACE_KAFKA_PASSWORD_FILE', file)).trim();
  if (username === undefined || password === undefined) {
    throw new MillraceError('MILL_CONFIG_INVALID', 'MILLRACE_KAFKA_SASL_MECHANISM needs MILLRACE_KAFKA_USERNAME, and MILLRACE_KAFKA_PASSWORD or MILLRACE_KAFKA_PASSWORD_FILE.');
  }
  return { sasl: { mechanism, username, password } };
}

async function readNamed(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new MillraceError('MILL_CONFIG_INVALID', `${variable} names ${file}, which cannot be read.`, { cause: error });
  }
}
