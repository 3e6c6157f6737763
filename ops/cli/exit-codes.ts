/** Exit codes of the CLI; `millrace --help` lists them. */
import type { ErrorCode, MillraceError } from '../../connectors/ports/index.ts';

export const EXIT = {
  ok: 0,
  /** An unexpected failure. */
  failure: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** Something that Millrace needs is missing; the message says how to get it. */
  missing: 3,
  /** It ran to its end, but some assets were rejected or are partial, or nothing was found. */
  incomplete: 4,
  /** Stopped by SIGINT, as shells expect. */
  interrupted: 130,
} as const;

const MISSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['MILL_FFMPEG_MISSING', 'MILL_MODEL_MISSING', 'MILL_PYTHON_MISSING']);

export function exitCodeOf(error: MillraceError): number {
  if (MISSING.has(error.code)) return EXIT.missing;
  if (error.code === 'MILL_INTERRUPTED') return EXIT.interrupted;
  return error.kind === 'config' ? EXIT.usage : EXIT.failure;
}
