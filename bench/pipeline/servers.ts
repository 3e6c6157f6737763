/** The servers of the cluster profile, for this bench alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startElasticsearch, startKafkaStack, startS3 } from '../../ops/stack/index.ts';

const HEAP_MB = 512;
export const INDEX_PREFIX = 'pipeline';

export interface Servers {
  readonly directory: string;
  readonly elasticsearchUrl: string;
  /** What a program of ours has to be told to find them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Which process is what; the registry's is found by what it is. */
  readonly processes: { readonly kafka: number; readonly elasticsearch: number; readonly objectStore: number };
}

export async function withServers<T>(log: (line: string) => void, use: (servers: Servers) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  const closing: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const kafka = await startKafkaStack({ directory, registry: true, compiler: 'full', heapMb: HEAP_MB, log });
    closing.push(() => kafka.kill());
    const elasticsearch = await startElasticsearch({ directory, heapMb: HEAP_MB, log });
    closing.push(() => elasticsearch.close());
    const s3 = await startS3({ directory, log });
    closing.push(() => s3.close());
    return await use({
      directory,
      elasticsearchUrl: elasticsearch.url,
      settings: {
        MILLRACE_KAFKA_BROKERS: kafka.bootstrap, MILLRACE_SCHEMA_REGISTRY: kafka.registryUrl ?? '',
        MILLRACE_ELASTICSEARCH: elasticsearch.url, MILLRACE_ELASTICSEARCH_INDEX_PREFIX: INDEX_PREFIX,
        MILLRACE_S3_ENDPOINT: s3.endpoint, MILLRACE_S3_ACCESS_KEY: s3.accessKey, MILLRACE_S3_SECRET_KEY: s3.secretKey,
      },
      processes: { kafka: kafka.broker(1).pid, elasticsearch: elasticsearch.pid, objectStore: s3.pid },
    });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}
