/** What a stack is to be: optional and human outside, complete inside. */
import path from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';

export interface KafkaStackOptions {
  /** Holds data, configuration and logs of the servers. */
  readonly directory: string;
  /** @default 1 */
  readonly brokers?: 1 | 3;
  /** Starts the schema registry too. @default false */
  readonly registry?: boolean;
  /** Adds listeners with SASL and TLS to each broker. @default false */
  readonly security?: boolean;
  /** Goes on with the data that an earlier stack left in the directory; otherwise it is removed. @default false */
  readonly reuseData?: boolean;
  /** The brokers take 10 ports each from here on, the registry the one 30 above. @default a free block */
  readonly basePort?: number;
  /** Heap of each broker. @default 384 */
  readonly heapMb?: number;
  /** `quick` compiles lightly: quick to start. `full` is for measurements. @default quick */
  readonly compiler?: 'quick' | 'full';
  /** Broker settings over those of the stack. */
  readonly brokerConfig?: Readonly<Record<string, string>>;
  /** Until all servers answer. @default 90_000 */
  readonly readyTimeoutMs?: number;
  /** Told what goes on while servers are fetched. */
  readonly log?: (line: string) => void;
}

const schema = z.strictObject({
  directory: z.string().min(1).transform((directory) => path.resolve(directory)),
  brokers: z.union([z.literal(1), z.literal(3)]).default(1),
  registry: z.boolean().default(false),
  security: z.boolean().default(false),
  reuseData: z.boolean().default(false),
  basePort: z.int().min(1024).max(65_000).optional(),
  heapMb: z.int().min(128).default(384),
  compiler: z.enum(['quick', 'full']).default('quick'),
  brokerConfig: z.record(z.string(), z.string()).default({}),
  readyTimeoutMs: z.int().positive().default(90_000),
  log: z.custom<(line: string) => void>((value) => typeof value === 'function').default(() => () => undefined),
});

export type CompiledStackOptions = z.infer<typeof schema>;

/** @throws MillraceError MILL_CONFIG_INVALID */
export function compileStackOptions(options: KafkaStackOptions): CompiledStackOptions {
  const { data, error } = schema.safeParse(options);
  if (error !== undefined) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the stack: ${z.prettifyError(error)}`);
  return data;
}
