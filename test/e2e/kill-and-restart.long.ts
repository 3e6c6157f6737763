import { withTemporaryFolder } from '../support/folders.ts';
import { killAndRestart } from './kill-and-restart.ts';

describe('kill -9 and restart, long', () => {
  it('twenty times: the index equals that of an undisturbed run', () => withTemporaryFolder((folder) => killAndRestart(folder, 20)));
});
