import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSearchIndex } from '../../../../connectors/embedded/search/index.ts';
import { describeSearchIndexContract } from './search-index-contract.ts';

const directories: string[] = [];

describeSearchIndexContract('the embedded search index', {
  async open() {
    const directory = await mkdtemp(path.join(tmpdir(), 'millrace-index-'));
    directories.push(directory);
    return openSearchIndex({ directory });
  },
  async cleanUp(index) {
    await index.close();
    await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
  },
});
