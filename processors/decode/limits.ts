/** What a stranger's file may cost. Options are checked once here; admission and decode share them. */
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';

const positive = z.number().int().positive();

const schema = z.strictObject({
  /** @default 64 GiB */
  maxBytes: positive.default(64 * 2 ** 30),
  /** Text is read whole. @default 8 MiB */
  maxTextBytes: positive.max(64 * 2 ** 20).default(8 * 2 ** 20),
  /** Images are read whole. @default 256 MiB */
  maxImageBytes: positive.max(2 ** 30).default(256 * 2 ** 20),
  /** @default 24 hours */
  maxDurationMs: positive.default(24 * 3_600_000),
  /** Width times height of an image. @default 100 million */
  maxImagePixels: positive.default(100_000_000),
  /** Width times height of a video. @default 8192 x 4320 */
  maxVideoPixels: positive.default(8192 * 4320),
  /** @default 64 */
  maxStreams: positive.max(1000).default(64),
  /** Address space of one ffmpeg process. @default 4 GiB */
  maxMemoryBytes: positive.default(4 * 2 ** 30),
  /** @default 30 s */
  probeTimeoutMs: positive.default(30_000),
  /** One pass over a segment. @default 5 minutes */
  decodeTimeoutMs: positive.default(300_000),
});

export type MediaLimitsOptions = z.input<typeof schema>;
export type MediaLimits = Readonly<z.output<typeof schema>>;

/** @throws MillraceError MILL_CONFIG_INVALID */
export function compileMediaLimits(options: MediaLimitsOptions = {}): MediaLimits {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `limits: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
