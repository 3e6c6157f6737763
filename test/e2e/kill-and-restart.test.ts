import { withTemporaryFolder } from '../support/folders.ts';
import { killAndRestart } from './kill-and-restart.ts';

describe('kill -9 and restart', function () {
  this.timeout(600_000);
  it('three times: the index equals that of an undisturbed run', () => withTemporaryFolder((folder) => killAndRestart(folder, 3)));
});
