/** One Elasticsearch for tests and benchmarks. */
import path from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { SingleServer, startSingleServer } from '../single-server.ts';
import { Elasticsearch } from './elasticsearch.ts';
import { prepareElasticsearch } from './prepare-elasticsearch.ts';

export interface ElasticsearchServerOptions {
  /** Holds its data, configuration and log, in a folder `elasticsearch`. */
  readonly directory: string;
  /** Goes on with the data that an earlier one left there; otherwise it is removed. @default false */
  readonly reuseData?: boolean;
  /** Of the block that its ports are in. @default a free block */
  readonly basePort?: number;
  /** @default 512 */
  readonly heapMb?: number;
  /** Settings of elasticsearch.yml over those of the stack, which has for example the disk watermarks off. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Until it serves. @default 180_000 */
  readonly readyTimeoutMs?: number;
  /** Told what goes on while it is fetched. */
  readonly log?: (line: string) => void;
}

const schema = z.strictObject({
  directory: z.string().min(1).transform((directory) => path.resolve(directory)),
  reuseData: z.boolean().default(false),
  basePort: z.int().min(1024).max(65_000).optional(),
  heapMb: z.int().min(256).default(512),
  settings: z.record(z.string(), z.string()).default({}),
  readyTimeoutMs: z.int().positive().default(180_000),
  log: z.custom<(line: string) => void>((value) => typeof value === 'function').default(() => () => undefined),
});

export class ElasticsearchServer extends SingleServer<Elasticsearch> {
  /** http://127.0.0.1:… */
  get url(): string {
    return this.server.address;
  }
}

/**
 * Starts a node of its own; resolves when it serves. It ends with this program.
 * @example
 * const server = await startElasticsearch({ directory });
 * await server.kill();
 * await server.start();
 * await server.close();
 * @throws MillraceError MILL_STACK_FAILED, MILL_STACK_JAVA_MISSING, MILL_STACK_MAVEN_MISSING, MILL_STACK_UNAVAILABLE
 */
export async function startElasticsearch(options: ElasticsearchServerOptions): Promise<ElasticsearchServer> {
  const { data, error } = schema.safeParse(options);
  if (error !== undefined) throw new MillraceError('MILL_CONFIG_INVALID', `Options of Elasticsearch: ${z.prettifyError(error)}`);
  const program = await prepareElasticsearch({ log: data.log });
  return startSingleServer(data, (basePort, onChange) => new Elasticsearch(program, { ...data, basePort }, onChange), ElasticsearchServer);
}
