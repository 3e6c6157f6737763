/** Options of the embedded log: optional outside, complete inside. */
import { z } from 'zod';
import { MillraceError } from '../../ports/index.ts';

const optionsSchema = z.strictObject({
  /** Where the log lives; one process owns it. Absent: in memory, and gone with the process. */
  directory: z.string().min(1).optional(),
  /** An fdatasync for each group of commits, so that they survive power loss and not only the end of the process. */
  sync: z.boolean().default(false),
  /** The newest record batches are kept in memory, all partitions together, so that a reader at the tail never reads RocksDB. */
  tailCacheBytes: z.number().int().nonnegative().default(32 << 20),
  /** How often retention is looked at; it happens with a commit, and never by itself. */
  retentionCheckMs: z.number().int().nonnegative().default(60_000),
  /** How long the LOCK of another process is waited for. */
  lockTimeoutMs: z.number().int().nonnegative().default(10_000),
  /** The clock of retention. */
  nowMs: z.custom<() => number>((value) => typeof value === 'function').default(() => Date.now),
});

/** All optional. */
export type EmbeddedLogOptions = z.input<typeof optionsSchema>;
export type CompiledLogOptions = z.output<typeof optionsSchema>;

export function compileLogOptions(options: EmbeddedLogOptions): CompiledLogOptions {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of the embedded log: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
