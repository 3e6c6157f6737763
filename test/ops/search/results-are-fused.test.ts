import { describeSearch } from './search-contract.ts';
import { openFixture } from './search-fixture.ts';

describeSearch('the embedded index', openFixture);
