/** Exit codes of the CLI; `millrace --help` lists them. */
import type { ErrorCode, MillraceError } from '../../connectors/ports/index.ts';

export const EXIT = {
  ok: 0,
  /** A failure that is none of the following. */
  failure: 1,
  /** The command line or the configuration is wrong; a file that it names is not there or of no use. */
  usage: 2,
  /** Something that Millrace needs is missing; the message says how to get it. */
  missing: 3,
  /** It ran to its end, but some assets were rejected or are partial, or nothing was found. */
  incomplete: 4,
  /** Stopped by SIGINT, as shells expect. */
  interrupted: 130,
  /** Stopped at once by a second SIGTERM. */
  terminated: 143,
} as const;

const MISSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['MILL_FFMPEG_MISSING', 'MILL_MODEL_MISSING', 'MILL_PYTHON_MISSING', 'MILL_STACK_JAVA_MISSING', 'MILL_STACK_MAVEN_MISSING']);

export function exitCodeOf(error: MillraceError): number {
  if (MISSING.has(error.code)) return EXIT.missing;
  if (error.code === 'MILL_INTERRUPTED') return EXIT.interrupted;
  // Media that was found to be bad goes to the dead letters: a command fails with such an error for what it was given.
  return error.kind === 'config' || error.kind === 'media' ? EXIT.usage : EXIT.failure;
}
