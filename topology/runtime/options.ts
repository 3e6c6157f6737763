/** Options of `Streams`: optional and human outside, validated once and complete inside. */
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogDriver, ProcessingGuarantee } from '../../connectors/ports/index.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { ERROR_RESPONSES, defaultErrorHandler } from './error-handlers.ts';
import type { ErrorHandler } from './error-handlers.ts';

export interface StreamsOptions {
  /** Names the consumer groups, the internal topics and the state. */
  readonly applicationId: string;
  readonly driver: LogDriver;
  /** Created when it is missing. @default `<application.id>-dead-letters` */
  readonly deadLetterTopic?: string;
  /** Kafka's processing.guarantee. @default 'exactly_once' */
  readonly processingGuarantee?: ProcessingGuarantee;
  /** application.server: where this instance answers interactive queries, `host:port`. @default nowhere */
  readonly applicationServer?: string;
  /** Which sub-topologies run here. @default all */
  readonly subtopologies?: readonly string[];
  /** An epoch is committed at the latest this long after its first record. @default 1000 */
  readonly commitIntervalMs?: number;
  /** An epoch with nothing left to do, and nothing more to read, is committed after this. @default what the driver prefers */
  readonly lingerMs?: number;
  /** Records and bytes read after which an epoch is closed. @default 5000 and 4 MiB */
  readonly epoch?: { readonly maxRecords?: number; readonly maxBytes?: number };
  /** One fetch of one partition. @default 500 and 1 MiB */
  readonly poll?: { readonly maxRecords?: number; readonly maxBytes?: number };
  /**
   * Of one task: what it has fetched, has in flight and holds for a commit. Over the high mark it reads no more, until
   * it is under the low one. @default 10000 and 8 MiB, and half of each
   */
  readonly buffer?: { readonly highRecords?: number; readonly highBytes?: number; readonly lowRecords?: number; readonly lowBytes?: number };
  /** What becomes of a record that cannot be decoded. @default 'retry' for transient errors, else 'dead-letter' */
  readonly onDeserializationError?: ErrorHandler;
  /** Of one that a callback or processor throws at. @default the same */
  readonly onProcessingError?: ErrorHandler;
  /** Of one that a sink cannot encode, or whose bytes its topic does not take. @default the same */
  readonly onProductionError?: ErrorHandler;
  /**
   * Topics `<application.id>-<sub-topology>-retry-<n>`, one a delay: a record that fails with a transient error leaves
   * for the first of them, enters again after its delay, leaves for the next, and is dead-lettered after the last.
   * @default none
   */
  readonly retryTopics?: { readonly delaysMs: readonly number[] };
  /** First wait before a failed task is opened anew; doubles up to the second. @default 100 and 10000 */
  readonly reopenBackoffMs?: number;
  readonly maxReopenBackoffMs?: number;
  /** @default the system's */
  readonly clock?: Clock;
}

const positive = z.int().min(1);
const duration = z.number().min(0);
const MIB = 1024 * 1024;
const DEFAULT_LINGER_MS = 5;

/** A day less than what a timer can wait. */
const MAX_DELAY_MS = 23 * 24 * 60 * 60 * 1000;
const errorHandler = z.union([z.enum(ERROR_RESPONSES), z.custom<Exclude<ErrorHandler, string>>((handler) => typeof handler === 'function', 'a response or a function')]).default(() => defaultErrorHandler);

const schema = z.object({
  applicationId: z.string().regex(/^[\w.-]{1,200}$/, 'letters, digits, dots, underscores and hyphens'),
  deadLetterTopic: z.string().min(1).optional(),
  processingGuarantee: z.enum(['at_least_once', 'exactly_once']).default('exactly_once'),
  applicationServer: z.string().regex(/^.+:\d+$/, 'host:port').optional(),
  subtopologies: z.array(z.string()).optional(),
  commitIntervalMs: duration.default(1000),
  lingerMs: duration.optional(),
  epoch: z.object({ maxRecords: positive.default(5000), maxBytes: positive.default(4 * MIB) }).prefault({}),
  poll: z.object({ maxRecords: positive.default(500), maxBytes: positive.default(MIB) }).prefault({}),
  buffer: z.object({
    highRecords: positive.default(10_000),
    highBytes: positive.default(8 * MIB),
    lowRecords: positive.optional(),
    lowBytes: positive.optional(),
  }).prefault({}),
  onDeserializationError: errorHandler,
  onProcessingError: errorHandler,
  onProductionError: errorHandler,
  retryTopics: z.object({ delaysMs: z.array(z.number().min(0).max(MAX_DELAY_MS)).max(10) }).default({ delaysMs: [] }),
  reopenBackoffMs: duration.default(100),
  maxReopenBackoffMs: duration.default(10_000),
}).transform(({ deadLetterTopic, buffer, ...rest }) => ({
  ...rest,
  deadLetterTopic: deadLetterTopic ?? `${rest.applicationId}-dead-letters`,
  buffer: {
    ...buffer,
    lowRecords: Math.min(buffer.lowRecords ?? Math.ceil(buffer.highRecords / 2), buffer.highRecords),
    lowBytes: Math.min(buffer.lowBytes ?? Math.ceil(buffer.highBytes / 2), buffer.highBytes),
  },
}));

export type CompiledStreamsOptions = Omit<z.output<typeof schema>, 'lingerMs'> & { readonly lingerMs: number; readonly driver: LogDriver; readonly clock: Clock };

export function compileStreamsOptions({ driver, clock = systemClock, ...rest }: StreamsOptions): CompiledStreamsOptions {
  const parsed = schema.safeParse(rest);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of Streams: ${z.prettifyError(parsed.error)}`);
  const { lingerMs, commitIntervalMs } = parsed.data;
  return { ...parsed.data, lingerMs: lingerMs ?? Math.min(commitIntervalMs, driver.preferredLingerMs ?? DEFAULT_LINGER_MS), driver, clock };
}
