import { openElasticsearchIndex } from '../../../connectors/elasticsearch/index.ts';
import { testIndexes, type TestIndexes } from '../../support/elasticsearch-indexes.ts';
import { describeSearch } from './search-contract.ts';
import { fixtureOver } from './search-fixture.ts';

let indexes: TestIndexes;

before(async () => {
  indexes = await testIndexes();
});
after(() => indexes.remove());

describeSearch('Elasticsearch', async () => {
  const index = await openElasticsearchIndex({ url: indexes.url, indexPrefix: indexes.prefix });
  return fixtureOver(index, {
    searchable: () => indexes.refresh(),
    remove: () => indexes.clear(),
  });
});
