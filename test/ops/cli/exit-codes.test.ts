import { expect } from 'chai';
import { MillraceError, type ErrorCode } from '../../../connectors/ports/index.ts';
import { exitCodeOf } from '../../../ops/cli/exit-codes.ts';

const CASES: readonly (readonly [code: ErrorCode, exitCode: number, why: string])[] = [
  ['MILL_PYTHON_MISSING', 3, 'something is missing'],
  ['MILL_FFMPEG_MISSING', 3, 'something is missing'],
  ['MILL_MODEL_MISSING', 3, 'something is missing'],
  ['MILL_INTERRUPTED', 130, 'the user stopped it'],
  ['MILL_CONFIG_INVALID', 2, 'the command line is wrong'],
  ['MILL_STATE_LOCKED', 1, 'a failure'],
  ['MILL_SOURCE_NOT_FOUND', 2, 'a file that the command line names is not there'],
];

describe('exit codes of errors', () => {
  for (const [code, exitCode, why] of CASES) {
    it(`${code}: ${exitCode}, ${why}`, () => {
      expect(exitCodeOf(new MillraceError(code, 'test'))).to.equal(exitCode);
    });
  }
});
