import { openSearchIndex } from '../../../../connectors/embedded/search/index.ts';
import { describeSearchIndexContract } from './search-index-contract.ts';
import { removeFolder, temporaryFolder } from '../../../support/folders.ts';

const directories: string[] = [];

describeSearchIndexContract('the embedded search index', {
  async open() {
    const directory = await temporaryFolder();
    directories.push(directory);
    return openSearchIndex({ directory });
  },
  async cleanUp(index) {
    await index.close();
    await Promise.all(directories.splice(0).map((directory) => removeFolder(directory)));
  },
});
