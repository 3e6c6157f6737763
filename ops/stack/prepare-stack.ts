/** All that a detached stack needs before it starts. */
import { resolvePaths } from '../paths.ts';
import type { PreparedStack } from './detached-layout.ts';
import { elasticsearchIn } from './elasticsearch/fetch-elasticsearch.ts';
import { prepareElasticsearch } from './elasticsearch/prepare-elasticsearch.ts';
import type { FetchOptions } from './fetch-once.ts';
import { prepareServers } from './prepare-servers.ts';
import { prepareS3 } from './s3/prepare-s3.ts';
import { s3ProgramIn, type S3Kind } from './s3/program.ts';
import { serversIn } from './servers.ts';
import type { StackKind } from './stack-state.ts';

export interface StackParts {
  readonly kind: StackKind;
  /** Of a cluster. */
  readonly s3: S3Kind;
}

export type PartName = 'Kafka' | 'object store' | 'Elasticsearch';

/**
 * Fetches what is not there, one after the other. Returns soon when all is.
 * @param optionsOf what each is fetched with
 */
export async function prepareStack({ kind, s3 }: StackParts, optionsOf: (part: PartName) => FetchOptions): Promise<PreparedStack> {
  // What a machine lacks shows before the long downloads.
  const cluster = kind === 'kafka' ? null : { s3: await prepareS3(s3, optionsOf('object store')), elasticsearch: await prepareElasticsearch(optionsOf('Elasticsearch')) };
  return { kafka: await prepareServers(optionsOf('Kafka')), cluster };
}

/** To look at a stack and to stop it, nothing needs to be there. */
export function stackInCache({ kind, s3 }: StackParts): PreparedStack {
  const { cache } = resolvePaths();
  return {
    kafka: { servers: serversIn(cache), archives: { broker: [], format: [], registry: [] } },
    cluster: kind === 'kafka' ? null : {
      s3: s3ProgramIn(cache, s3),
      elasticsearch: { home: elasticsearchIn(cache), java: { home: '', version: '' }, runAs: { prefix: [], own: async () => undefined, check: async () => undefined } },
    },
  };
}
