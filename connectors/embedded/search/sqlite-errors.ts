/** SQLite's result codes as Millrace's errors. */
import { MillraceError, toMillraceError, type ErrorCode } from '../../ports/index.ts';

const CODES: readonly (readonly [prefix: string, code: ErrorCode, message: string])[] = [
  ['SQLITE_FULL', 'MILL_DISK_FULL', 'the disk is full: the index could not be written'],
  ['SQLITE_BUSY', 'MILL_TIMEOUT', 'another process holds the search index'],
  ['SQLITE_LOCKED', 'MILL_TIMEOUT', 'another process holds the search index'],
  ['SQLITE_CORRUPT', 'MILL_STATE_CORRUPT', 'the search index is damaged'],
  ['SQLITE_NOTADB', 'MILL_STATE_CORRUPT', 'the file of the search index is no index'],
  ['SQLITE_CANTOPEN', 'MILL_STATE_IO', 'the search index cannot be opened; SQLite needs to write beside it, also to read'],
  ['SQLITE_READONLY', 'MILL_STATE_IO', 'the search index cannot be written'],
  ['SQLITE_IOERR', 'MILL_STATE_IO', 'the search index cannot be read or written'],
];

export function toIndexError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  for (const [prefix, millraceCode, message] of CODES) {
    if (code.startsWith(prefix)) return new MillraceError(millraceCode, message, { cause: error });
  }
  return toMillraceError(error);
}
