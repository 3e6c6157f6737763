/** Options of the Elasticsearch connector: optional outside, complete inside. */
import { z } from 'zod';
import { MillraceError } from '../ports/index.ts';
import { hasPasswordInUrl } from './urls.ts';

const count = z.int().min(1);
/** setTimeout takes no more. */
const durationMs = count.max(2 ** 31 - 1);
const url = z.url({ protocol: /^https?$/ }).refine((text) => !hasPasswordInUrl(text), 'give user and password by `auth`');

/** What the vectors of a new index are found by; `index_options.type` of dense_vector. */
export const VECTOR_INDEXES = ['int8_hnsw', 'hnsw', 'int4_hnsw', 'bbq_hnsw', 'flat', 'int8_flat'] as const;
export type VectorIndexType = (typeof VECTOR_INDEXES)[number];

const optionsSchema = z.strictObject({
  /** Of one node or of several, `http://localhost:9200`. */
  url: z.preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(url).min(1)),
  auth: z.union([z.strictObject({ apiKey: z.string().min(1) }), z.strictObject({ username: z.string().min(1), password: z.string().min(1) })]).optional(),
  /** For https: whom to trust instead of the system's authorities. PEM. */
  ca: z.string().includes('-----BEGIN', { message: 'must be the text of a PEM file' }).optional(),
  /** What the names of all indexes, aliases and templates begin with. */
  indexPrefix: z
    .string()
    .max(64)
    .regex(/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/, 'takes lower-case letters, digits, and . _ - between them')
    .refine((prefix) => !prefix.includes('--'), 'must not hold --, which separates the parts of a name')
    .default('media'),
  /** Of indexes that are created from now on. */
  vectorIndex: z.enum(VECTOR_INDEXES).default('int8_hnsw'),
  /** Of each index that is created from now on. */
  shards: count.max(1024).default(1),
  /** Absent: one where there is a second node to hold it (`auto_expand_replicas: 0-1`). */
  replicas: z.int().min(0).max(100).optional(),
  /** How long a document that was written may take to be found. */
  refreshIntervalMs: durationMs.min(100).default(1_000),
  /** Of one request: a connection that has gone silent ends by it. */
  requestTimeoutMs: durationMs.default(30_000),
  bulk: z
    .strictObject({
      /** Of all bulk requests that run or wait, together; whoever would exceed it waits. */
      maxInFlightBytes: count.default(32 * 1024 * 1024),
      /** Bulk requests that run at a time. */
      concurrency: count.max(64).default(4),
      /** How large a request may grow; it is made smaller while the server is slow or refuses. */
      targetBytes: count.default(4 * 1024 * 1024),
    })
    .prefault({}),
});

/** All but `url` optional. */
export type ElasticsearchOptions = Omit<z.input<typeof optionsSchema>, 'url'> & { readonly url: string | readonly string[] };
export type CompiledElasticsearchOptions = z.output<typeof optionsSchema>;

/** @throws MillraceError MILL_CONFIG_INVALID */
export function compileElasticsearchOptions(options: ElasticsearchOptions): CompiledElasticsearchOptions {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of Elasticsearch: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
