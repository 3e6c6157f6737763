/** Whose fault an error is: the record's (dead letter), the surroundings' (try again), or the configuration's (stop). */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { ErrorCode } from '../../connectors/ports/index.ts';

/** Configured to fail on a bad record: opening the task anew would only meet it again. */
export class FatalTaskError extends Error {
  override readonly name = 'FatalTaskError';
  override readonly cause: unknown;

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.cause = cause;
  }
}

/** A server is out of reach, refuses us whatever we ask for, or was closed on our side. */
const NOT_THE_RECORD: ReadonlySet<ErrorCode> = new Set([
  'MILL_REGISTRY_UNAVAILABLE', 'MILL_REGISTRY_REFUSED', 'MILL_INDEX_REFUSED', 'MILL_BLOBS_REFUSED', 'MILL_KAFKA_UNAVAILABLE', 'MILL_KAFKA_AUTH', 'MILL_CLOSED',
]);

/** No other record would fare better: the outage, the store, the server, the fenced or closed component is not the record's fault. */
export function isSurroundings(error: unknown): boolean {
  return error instanceof MillraceError && (error.kind === 'state' || error.kind === 'outage' || NOT_THE_RECORD.has(error.code));
}

/** `MILL_RECORD_TOO_LARGE` where it is not a sink's: an entry of a store that its changelog does not take would come again each time. */
const FATAL: ReadonlySet<ErrorCode> = new Set(['MILL_RECORD_TOO_LARGE', 'MILL_LOG_UNUSABLE', 'MILL_STATE_CORRUPT', 'MILL_STATE_BINDING_MISMATCH', 'MILL_OFFSET_OUT_OF_RANGE']);

/** Opening the task anew cannot help. */
export function isFatal(error: unknown): boolean {
  if (error instanceof FatalTaskError) return true;
  return error instanceof MillraceError && (error.kind === 'config' || FATAL.has(error.code));
}

/** A task that fails so many times in a row with a defect, and commits nothing meanwhile, will not get past it. */
export const MAX_DEFECTS_IN_A_ROW = 10;

/** Nobody's doing but the code's own: an error that no part of Millrace raises on purpose. */
export function isDefect(error: unknown): boolean {
  return !(error instanceof MillraceError);
}
