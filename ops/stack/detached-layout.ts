/** The servers of a detached stack: those of Kafka, and in a cluster an object store and Elasticsearch. */
import { Elasticsearch, type ElasticsearchProgram } from './elasticsearch/elasticsearch.ts';
import { layOut, type LaidOutServer } from './layout.ts';
import { compileStackOptions } from './options.ts';
import type { PreparedServers } from './prepare-servers.ts';
import type { S3Program } from './s3/program.ts';
import { S3 } from './s3/s3.ts';
import type { StackState } from './stack-state.ts';

/** What runs them. */
export interface PreparedStack {
  readonly kafka: PreparedServers;
  /** Where it is missing, the stack is one of Kafka. */
  readonly cluster: { readonly s3: S3Program; readonly elasticsearch: ElasticsearchProgram } | null;
}

export interface DetachedLayout {
  readonly servers: readonly LaidOutServer[];
  prepare(): Promise<void>;
  /** Until all serve. */
  whenServing(): Promise<void>;
}

const ELASTICSEARCH = { heapMb: 512, settings: {}, readyTimeoutMs: 180_000 } as const;
const OBJECT_STORE = { env: {}, readyTimeoutMs: 90_000 } as const;

export function layOutDetached(directory: string, { brokers, basePort }: StackState, { kafka, cluster }: PreparedStack, onChange: () => void): DetachedLayout {
  const log = layOut(compileStackOptions({ directory, brokers, registry: true }), { ...kafka, basePort, onChange });
  const others = cluster === null ? [] : [
    new S3(cluster.s3, { directory, basePort, ...OBJECT_STORE }, onChange),
    new Elasticsearch(cluster.elasticsearch, { directory, basePort, ...ELASTICSEARCH }, onChange),
  ];
  return {
    servers: [...log.servers, ...others],
    async prepare() {
      await log.prepare();
      for (const server of others) await server.prepare();
    },
    async whenServing() {
      await Promise.all([log.whenReady(), ...others.map((server) => server.whenServing())]);
    },
  };
}
