import { openElasticsearchIndex } from '../../../../connectors/elasticsearch/index.ts';
import { testIndexes, type TestIndexes } from '../../../support/elasticsearch-indexes.ts';
import { describeSearchIndexContract } from '../../search-index-contract.ts';

let indexes: TestIndexes;

before(async () => {
  indexes = await testIndexes();
});
after(() => indexes.remove());

describeSearchIndexContract('the search index on Elasticsearch', {
  open: () => openElasticsearchIndex({ url: indexes.url, indexPrefix: indexes.prefix }),
  searchable: () => indexes.refresh(),
  async cleanUp(index) {
    await index.close();
    await indexes.clear();
  },
});
