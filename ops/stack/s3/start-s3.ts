/** One object store for tests and benchmarks. */
import path from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { SingleServer, startSingleServer } from '../single-server.ts';
import { prepareS3 } from './prepare-s3.ts';
import { S3_KINDS, type S3Kind } from './program.ts';
import { S3, S3_CREDENTIALS, S3_REGION } from './s3.ts';

export interface S3ServerOptions {
  /** Holds its data, configuration and log, in a folder `s3`. */
  readonly directory: string;
  /** @default seaweedfs */
  readonly kind?: S3Kind;
  /** Goes on with the data that an earlier one left there; otherwise it is removed. @default false */
  readonly reuseData?: boolean;
  /** Of the block that its ports are in. @default a free block */
  readonly basePort?: number;
  /** More variables for the server, as MINIO_NOTIFY_WEBHOOK_ENABLE_x. */
  readonly env?: Readonly<Record<string, string>>;
  /** Until it serves. @default 90_000 */
  readonly readyTimeoutMs?: number;
  /** Told what goes on while it is fetched. */
  readonly log?: (line: string) => void;
}

const schema = z.strictObject({
  directory: z.string().min(1).transform((directory) => path.resolve(directory)),
  kind: z.enum(S3_KINDS).default('seaweedfs'),
  reuseData: z.boolean().default(false),
  basePort: z.int().min(1024).max(65_000).optional(),
  env: z.record(z.string(), z.string()).default({}),
  readyTimeoutMs: z.int().positive().default(90_000),
  log: z.custom<(line: string) => void>((value) => typeof value === 'function').default(() => () => undefined),
});

export class S3Server extends SingleServer<S3> {
  readonly accessKey = S3_CREDENTIALS.accessKey;
  readonly secretKey = S3_CREDENTIALS.secretKey;
  readonly region = S3_REGION;

  /** http://127.0.0.1:… */
  get endpoint(): string {
    return this.server.address;
  }
}

/**
 * Starts an object store; resolves when it takes objects. It ends with this program.
 * @example
 * const server = await startS3({ directory });
 * await server.kill();
 * await server.start();
 * await server.close();
 * @throws MillraceError MILL_STACK_FAILED, MILL_PYTHON_MISSING, MILL_STACK_GO_MISSING, MILL_STACK_UNAVAILABLE
 */
export async function startS3(options: S3ServerOptions): Promise<S3Server> {
  const { data, error } = schema.safeParse(options);
  if (error !== undefined) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the object store: ${z.prettifyError(error)}`);
  const program = await prepareS3(data.kind, { log: data.log });
  return startSingleServer(data, (basePort, onChange) => new S3(program, { ...data, basePort }, onChange), S3Server);
}
