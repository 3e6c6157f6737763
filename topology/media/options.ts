/** Options of the media topology: optional outside, validated once and complete inside. */
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';

const positive = z.int().min(1);
const MINUTE_MS = 60_000;

const schema = z.object({
  /** Longest piece that one decode takes; admission cuts by the same figure. Time-outs scale with it. */
  segmentMs: positive.default(60_000),
  /**
   * Records of one task in flight in each stage. Decoders and models have their own limits for the whole process: these
   * only keep them supplied.
   */
  concurrency: z.object({
    admit: positive.default(4),
    decode: positive.default(2),
    vision: positive.default(8),
    audio: positive.default(4),
    text: positive.default(32),
    /** For each write that the index takes at a time. One takes what has come together while the last one ran. */
    index: positive.default(256),
  }).prefault({}),
  retry: z.object({ attempts: positive.default(3), backoffMs: z.number().min(0).default(1000) }).prefault({}),
  /** How long a repeated eventId is dropped. */
  repeatedEventTtlMs: positive.default(7 * 24 * 60 * MINUTE_MS),
  /** Most operations in one write of the index. */
  indexBatchSize: positive.default(500),
});

/**
 * Last resorts: decoders and models have time-outs of their own, but a record that waits for its turn in one of their
 * queues must not run into this one. A segment or chunk may take twenty times as long as it plays.
 */
const timeoutsOf = (segmentMs: number): { hash: number; plan: number; decode: number; vision: number; audio: number; text: number } => ({
  hash: 120 * MINUTE_MS,
  plan: 10 * MINUTE_MS,
  decode: 10 * MINUTE_MS + 20 * segmentMs,
  vision: 30 * MINUTE_MS,
  audio: 30 * MINUTE_MS + 20 * segmentMs,
  text: 30 * MINUTE_MS,
});

export type MediaTopologyOptions = z.input<typeof schema>;
export type CompiledMediaOptions = z.output<typeof schema> & { readonly timeoutsMs: ReturnType<typeof timeoutsOf> };

export function compileMediaOptions(options: MediaTopologyOptions): CompiledMediaOptions {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the media topology: ${z.prettifyError(parsed.error)}`);
  return { ...parsed.data, timeoutsMs: timeoutsOf(parsed.data.segmentMs) };
}
