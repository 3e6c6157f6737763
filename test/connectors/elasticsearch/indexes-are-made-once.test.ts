import { expect } from 'chai';
import { openElasticsearchIndex } from '../../../connectors/elasticsearch/index.ts';
import { asset, axis, moment } from '../sample-documents.ts';
import { assets, moments, withIndex } from './written-index.ts';

type Described = Readonly<Record<string, { readonly aliases: object; readonly mappings: { readonly _meta: Readonly<Record<string, unknown>>; readonly properties: { readonly vector: { readonly dims?: number } } } }>>;

const LINEAGE = 'a1b2c3d4e5f60718';

describe('indexes of moments', () => {
  it('are made at the first moment of a lineage, with alias and model', async () => {
    await withIndex({}, async ({ index, ask, prefix }) => {
      await index.write(moments(moment('m1'), moment('m2', { modality: 'frame', model: 'clip@2', lineage: 'ffff0000ffff0000' })));
      const found = (await ask('GET', `${prefix}-*--*`)) as Described;
      expect(Object.keys(found)).to.have.members([`${prefix}-speech--test--1--a1b2c3d4`, `${prefix}-frame--clip--2--ffff0000`]);
      const { aliases, mappings } = found[`${prefix}-speech--test--1--a1b2c3d4`]!;
      expect(aliases).to.deep.equal({ [`${prefix}-speech`]: {} });
      const { createdAtMs, ...meta } = mappings._meta;
      expect(meta).to.deep.equal({ model: 'test', version: '1', lineage: LINEAGE, dimensions: 8, modality: 'speech' });
      expect(createdAtMs).to.be.a('number');
    });
  });

  it('are made by one of several who come first at a time, and all their moments are in it', async () => {
    await withIndex({}, async ({ url, prefix, index, momentIds, ask }) => {
      const others = await Promise.all([1, 2, 3].map(() => openElasticsearchIndex({ url, indexPrefix: prefix })));
      const rejected = await Promise.all([index, ...others].map((one, i) => one.write(moments(moment(`m${i}`), moment(`n${i}`)))));
      expect(rejected.flat()).to.deep.equal([]);
      expect(await momentIds()).to.deep.equal(['m0', 'm1', 'm2', 'm3', 'n0', 'n1', 'n2', 'n3']);
      expect(Object.keys((await ask('GET', `${prefix}-*--*`)) as object)).to.have.length(1);
      await Promise.all(others.map((one) => one.close()));
    });
  });

  it('refuse vectors of other dimensions, from this and from another writer', async () => {
    await withIndex({}, async ({ url, prefix, index, momentIds }) => {
      const other = moment('four', { vector: Float32Array.of(1, 0, 0, 0) });
      const rejected = await index.write(moments(moment('eight'), other));
      expect(rejected.map(({ operation }) => operation)).to.deep.equal([{ type: 'moment', document: other }]);
      expect(rejected[0]?.reason).to.match(/4 dimensions/).and.match(/8/);
      const second = await openElasticsearchIndex({ url, indexPrefix: prefix });
      expect((await second.write(moments(other)))[0]?.reason).to.match(/4 dimensions/);
      await second.close();
      expect(await momentIds()).to.deep.equal(['eight']);
    });
  });

  it('get their dimensions from the first vector, also where several bring one', async () => {
    await withIndex({}, async ({ url, prefix, index, momentIds, ask }) => {
      await index.write(moments(moment('words', { vector: null, text: 'words' })));
      const second = await openElasticsearchIndex({ url, indexPrefix: prefix });
      const [eight, four] = await Promise.all([index.write(moments(moment('eight'))), second.write(moments(moment('four', { vector: Float32Array.of(1, 0, 0, 0) })))]);
      await second.close();
      // Whoever came second was refused.
      expect(eight.length + four.length).to.equal(1);
      expect(await momentIds()).to.have.length(2).and.include('words');
      const { mappings } = Object.values((await ask('GET', `${prefix}-speech--*`)) as Described)[0]!;
      expect(mappings._meta['dimensions']).to.equal(mappings.properties.vector.dims).and.to.be.oneOf([4, 8]);
    });
  });

  it('refuse a lineage that only begins like theirs', async () => {
    await withIndex({}, async ({ index }) => {
      await index.write(moments(moment('m1')));
      expect((await index.write(moments(moment('m2', { lineage: `${LINEAGE.slice(0, 8)}00000000` }))))[0]?.reason).to.match(/holds lineage/);
    });
  });

  it('are made anew when they were deleted under a writer', async () => {
    await withIndex({}, async ({ index, clear, momentIds, ask, prefix }) => {
      await index.write([...moments(moment('m1')), ...assets(asset('a'))]);
      await clear();
      expect(await index.write([...moments(moment('m2', { vector: axis(1) })), ...assets(asset('b'))])).to.deep.equal([]);
      expect(await momentIds()).to.deep.equal(['m2']);
      expect(Object.keys((await ask('GET', `${prefix}-speech/_alias`)) as object)).to.have.length(1);
      expect((await index.assets(['a', 'b'])).map(({ assetId }) => assetId)).to.deep.equal(['b']);
    });
  });
});
