import { expect } from 'chai';
import { openSearchIndex } from '../../../../connectors/embedded/search/index.ts';
import type { IndexOperation } from '../../../../connectors/ports/index.ts';
import { moment } from '../../sample-documents.ts';
import { describeSearchIndexContract } from '../../search-index-contract.ts';
import { removeFolder, temporaryFolder } from '../../../support/folders.ts';

const directories: string[] = [];

describeSearchIndexContract('the embedded search index', {
  async open() {
    const directory = await temporaryFolder();
    directories.push(directory);
    return openSearchIndex({ directory });
  },
  // What is durable is searchable.
  searchable: async () => undefined,
  async cleanUp(index) {
    await index.close();
    await Promise.all(directories.splice(0).map((directory) => removeFolder(directory)));
  },
});

describe('the embedded search index while it is written', () => {
  it('shows searches whole calls of write only', async () => {
    const directory = await temporaryFolder();
    const index = await openSearchIndex({ directory });
    try {
      const batchOf = (batch: number): IndexOperation[] => Array.from({ length: 50 }, (_, i) => ({ type: 'moment', document: moment(`m${batch}-${i}`, { text: 'word' }) }));
      const writes = Array.from({ length: 8 }, (_, batch) => index.write(batchOf(batch)));
      const searches = Array.from({ length: 20 }, () => index.searchText('word', 500, {}));
      await Promise.all(writes);
      for (const hits of await Promise.all(searches)) expect(hits.length % 50).to.equal(0);
    } finally {
      await index.close();
      await removeFolder(directory);
    }
  });
});
