import { expect } from 'chai';
import { toIndexError } from '../../../../connectors/embedded/search/sqlite-errors.ts';

const fromSqlite = (code: string): Error => Object.assign(new Error('what SQLite says'), { code });

describe('errors of SQLite', () => {
  for (const [code, millraceCode] of [
    ['SQLITE_FULL', 'MILL_DISK_FULL'], ['SQLITE_IOERR_WRITE', 'MILL_STATE_IO'], ['SQLITE_CANTOPEN', 'MILL_STATE_IO'], ['SQLITE_READONLY_DIRECTORY', 'MILL_STATE_IO'],
    ['SQLITE_BUSY_SNAPSHOT', 'MILL_TIMEOUT'], ['SQLITE_CORRUPT', 'MILL_STATE_CORRUPT'], ['SQLITE_MISUSE', 'MILL_PROCESSOR_FAILED'],
  ] as const) {
    it(`${code} is ${millraceCode}`, () => {
      const error = toIndexError(fromSqlite(code));
      expect(error.code).to.equal(millraceCode);
      expect(error.cause).to.be.instanceOf(Error);
    });
  }
});
