import { expect } from 'chai';
import { openElasticsearchIndex } from '../../../../connectors/elasticsearch/index.ts';
import { SyntheticMoments } from '../../../../bench/search/synthetic-moments.ts';
import type { AssetIndexDocument, IndexOperation, MomentDocument, MomentHit, SearchIndex } from '../../../../connectors/ports/index.ts';
import { testIndexes, type TestIndexes } from '../../../support/elasticsearch-indexes.ts';
import { asset, axis, mixed, moment } from '../../sample-documents.ts';

const ids = (hits: readonly MomentHit[]): string[] => hits.map((hit) => hit.moment.id);
const OTHER_LINEAGE = '00ffee00ffee00ff';

describe('a search on Elasticsearch', () => {
  let indexes: TestIndexes;
  let index: SearchIndex;

  before(async () => {
    indexes = await testIndexes();
  });
  after(() => indexes.remove());
  beforeEach(async () => {
    index = await openElasticsearchIndex({ url: indexes.url, indexPrefix: indexes.prefix });
  });
  afterEach(async () => {
    await index.close();
    await indexes.clear();
  });

  const store = async (...documents: readonly (MomentDocument | AssetIndexDocument)[]): Promise<void> => {
    const operations = documents.map((document): IndexOperation => ('id' in document ? { type: 'moment', document } : { type: 'asset', document }));
    expect(await index.write(operations)).to.deep.equal([]);
    await indexes.refresh();
  };
  const concreteIndex = async (lineage: string): Promise<string> => {
    const found = Object.keys((await indexes.ask('GET', `${indexes.prefix}-*--${lineage.slice(0, 8)}?filter_path=*.aliases`)) as object);
    expect(found).to.have.length(1);
    return found[0]!;
  };

  it('ranks moments of two lineages together, by vectors and by words', async () => {
    await store(
      moment('near', { text: 'dog dog', vector: mixed(0, 1, 0.9) }),
      moment('nearest', { text: 'dog', lineage: OTHER_LINEAGE, vector: axis(0) }),
      moment('far', { text: 'a dog among many other words', lineage: OTHER_LINEAGE, vector: mixed(0, 1, 0.2) }),
    );
    expect(ids(await index.searchVector(axis(0), 3, {}))).to.deep.equal(['nearest', 'near', 'far']);
    expect(ids(await index.searchVector(axis(0), 2, {}))).to.deep.equal(['nearest', 'near']);
    expect(ids(await index.searchText('dog', 3, {}))).to.deep.equal(['near', 'nearest', 'far']);
  });

  it('does not find what lies behind no alias: a lineage that is still being filled', async () => {
    await store(moment('live', { text: 'dog' }), moment('shadow', { text: 'dog', modality: 'frame', frameBlobKey: 'a/b.jpg', lineage: OTHER_LINEAGE }));
    await indexes.ask('POST', '_aliases', { actions: [{ remove: { index: await concreteIndex(OTHER_LINEAGE), alias: `${indexes.prefix}-frame` } }] });
    expect(ids(await index.searchVector(axis(0), 5, {}))).to.deep.equal(['live']);
    expect(ids(await index.searchText('dog', 5, {}))).to.deep.equal(['live']);
    expect((await index.moments('asset-1')).map(({ id }) => id)).to.deep.equal(['live']);
    expect(await index.nearestFrame('asset-1', 0)).to.equal(null);
    expect((await index.counts()).moments).to.equal(1);
  });

  it('fails where a part of the index is not there, instead of finding less', async () => {
    await store(moment('there', { text: 'dog' }), asset('asset-1'));
    await indexes.ask('PUT', `${indexes.prefix}-speech--lost--1--0123abcd?wait_for_active_shards=0`, {
      settings: { 'index.routing.allocation.require._name': 'no-such-node' },
      aliases: { [`${indexes.prefix}-speech`]: {} },
      mappings: { properties: { vector: { type: 'dense_vector', dims: 8 } } },
    });
    const searches = [() => index.searchVector(axis(0), 5, {}), () => index.searchText('dog', 5, {}), () => index.moments('asset-1'), () => index.counts()];
    for (const search of searches) {
      const error: unknown = await search().then(() => undefined, (reason: unknown) => reason);
      expect(error).to.have.property('code', 'MILL_INDEX_UNAVAILABLE');
    }
    // What does not need that part goes on.
    expect(ids(await index.searchText('dog', 5, { modalities: ['frame'] }))).to.deep.equal([]);
    expect(await index.assets(['asset-1'])).to.have.length(1);
  });

  it('says why a search is refused, and not that all shards have failed', async () => {
    await store(moment('there', { text: 'dog' }));
    const error: unknown = await index.searchText('dog', 5, { fromMs: 1e300 }).catch((reason: unknown) => reason);
    expect(error).to.have.property('message').that.includes('Value [1.0E300] is out of range for a long');
  });

  it('gives scores that are cosines to float, though the graph holds 8 bits a dimension', async () => {
    const shares = Array.from({ length: 40 }, (_, i) => (i + 1) / 41);
    await store(...shares.map((share, i) => moment(`m${i}`, { vector: mixed(3, 5, share) })));
    for (const { moment: found, score } of await index.searchVector(axis(3), 40, {})) expect(score, found.id).to.be.closeTo(shares[Number(found.id.slice(1))]!, 1e-6);
  });

  it('finds nearly all of the nearest, though it looks at few', async () => {
    const source = new SyntheticMoments(1);
    const stored = Array.from({ length: 3_000 }, (_, i) => moment(`m${i}`, { vector: source.vector() }));
    await store(...stored);
    const asked = new SyntheticMoments(5);
    let found = 0;
    for (let query = 0; query < 10; query += 1) {
      const vector = asked.vector();
      const cosine = (one: MomentDocument): number => one.vector!.reduce((sum, value, at) => sum + value * vector[at]!, 0);
      const nearest = new Set(stored.map((one) => [one.id, cosine(one)] as const).sort((a, b) => b[1] - a[1]).slice(0, 10).map(([id]) => id));
      found += ids(await index.searchVector(vector, 10, {})).filter((id) => nearest.has(id)).length;
    }
    expect(found).to.be.at.least(98);
  }).timeout(180_000);

  it('gives lists back whole that are longer than a page', async () => {
    const many = Array.from({ length: 2_100 }, (_, i) => moment(`m${i}`, { startMs: (i * 37) % 2_100, endMs: null }));
    const copies = Array.from({ length: 1_100 }, (_, i) => asset(`copy-${String(i).padStart(5, '0')}`, { body: { duplicateOf: 'asset-1' } }));
    await store(...many, ...copies);
    const found = await index.moments('asset-1');
    expect(found.map(({ startMs }) => startMs)).to.deep.equal(Array.from({ length: 2_100 }, (_, i) => i));
    const expected = copies.map(({ assetId }) => assetId);
    expect((await index.duplicatesOf(['asset-1'])).map(({ assetId }) => assetId)).to.deep.equal(expected);
    expect((await index.assets(expected)).map(({ assetId }) => assetId)).to.deep.equal(expected);
  }).timeout(180_000);

  it('takes more ids in a filter than Elasticsearch takes in a clause, and stands for the duplicates among them', async () => {
    await store(moment('held', { text: 'dog' }), moment('named', { assetId: 'asset-2', text: 'dog' }), moment('neither', { assetId: 'asset-3', text: 'dog' }), asset('copy', { body: { duplicateOf: 'asset-1' } }));
    const assetIds = ['asset-2', ...Array.from({ length: 140_000 }, (_, i) => `x${i}`), 'copy'];
    expect(ids(await index.searchText('dog', 5, { assetIds }))).to.have.members(['held', 'named']);
    expect(ids(await index.searchVector(axis(0), 5, { assetIds }))).to.have.members(['held', 'named']);
  }).timeout(180_000);

  it('finds nothing, and no error, by a filter whose end lies before its beginning', async () => {
    await store(moment('m', { startMs: 1_000, endMs: 2_000 }));
    expect(ids(await index.searchVector(axis(0), 5, { fromMs: 5_000, toMs: 100 }))).to.deep.equal([]);
  });
});

describe('a reader of Elasticsearch', () => {
  let indexes: TestIndexes;

  before(async () => {
    indexes = await testIndexes();
  });
  after(() => indexes.remove());

  it('says that nothing is indexed, and finds what is indexed later', async () => {
    const options = { url: indexes.url, indexPrefix: indexes.prefix };
    const error: unknown = await openElasticsearchIndex({ ...options, readOnly: true }).then(() => undefined, (reason: unknown) => reason);
    expect(error).to.include({ code: 'MILL_INDEX_MISSING' }).and.have.property('message').that.includes(indexes.prefix);
    expect(error).to.have.property('hint').that.does.not.include('--data');
    const writer = await openElasticsearchIndex(options);
    try {
      await writer.write([{ type: 'moment', document: moment('m', { text: 'dog' }) }]);
      const reader = await openElasticsearchIndex({ ...options, readOnly: true });
      try {
        // Another modality, and the first asset, have their indexes made while the reader is open.
        await writer.write([{ type: 'moment', document: moment('f', { modality: 'frame', text: 'dog' }) }, { type: 'asset', document: asset('asset-1') }]);
        await indexes.refresh();
        expect(ids(await reader.searchVector(axis(0), 5, {}))).to.have.members(['m', 'f']);
        expect(await reader.assets(['asset-1'])).to.have.length(1);
      } finally {
        await reader.close();
      }
    } finally {
      await writer.close();
    }
  });
});
