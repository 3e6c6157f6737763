/** RocksDB's failures as ours. Neither binding has codes for all of them, so the text of the status decides. */
import { MillraceError } from '../../connectors/ports/index.ts';

/** The message of an error and of everything that caused it. */
export function textOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) parts.push(at.message);
  return parts.length > 0 ? parts.join(': ') : String(error);
}

/** Another process, or another store of this one, holds the directory's LOCK file. */
export const isLockFailure = (error: unknown): boolean => /lock hold by current process|while lock file|LOCK: Resource temporarily unavailable/i.test(textOf(error));

export function stateFailure(directory: string, action: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const text = textOf(error);
  const message = `${action} ${directory} failed: ${text}`;
  if (/no space left|disk quota exceeded|file too large/i.test(text)) return new MillraceError('MILL_DISK_FULL', message, { cause: error });
  if (/corruption|checksum mismatch/i.test(text)) return new MillraceError('MILL_STATE_CORRUPT', message, { cause: error });
  return new MillraceError('MILL_STATE_IO', message, { cause: error });
}
