import { withTemporaryFolder } from '../../../support/folders.ts';
import { describeLogContract } from '../../log-contract.ts';
import { withLog } from './support.ts';

describeLogContract('embedded in memory', (use) => withLog({}, use));
describeLogContract('embedded on RocksDB', (use) => withTemporaryFolder((directory) => withLog({ directory }, use)));
