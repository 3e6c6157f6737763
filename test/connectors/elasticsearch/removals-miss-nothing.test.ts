import { expect } from 'chai';
import { openElasticsearchIndex } from '../../../connectors/elasticsearch/index.ts';
import { asset, moment } from '../sample-documents.ts';
import { assets, moments, withIndex } from './written-index.ts';
import { ServerProxy } from './server-proxy.ts';

const many = (count: number, changes: Parameters<typeof moment>[1] = {}): ReturnType<typeof moments> => moments(...Array.from({ length: count }, (_, i) => moment(`${changes.assetId ?? 'asset-1'}-${i}`, changes)));

describe('a removal on Elasticsearch', () => {
  it('takes moments along that were acknowledged just before, in every index', async () => {
    await withIndex({}, async ({ index, momentIds }) => {
      for (let round = 0; round < 3; round += 1) {
        await index.write([...many(50), ...moments(moment(`frame-${round}`, { modality: 'frame', lineage: `0000000${round}ffffffff` }), moment('other', { assetId: 'asset-2' }))]);
        await index.write([{ type: 'delete', assetId: 'asset-1', revision: 1 }]);
        expect(await momentIds(), `round ${round}`).to.deep.equal(['other']);
      }
    });
  });

  it('reaches every shard', async () => {
    await withIndex({ shards: 5 }, async ({ index, momentIds }) => {
      await index.write(many(60));
      await index.write([{ type: 'delete', assetId: 'asset-1', revision: 1 }]);
      expect(await momentIds()).to.deep.equal([]);
    });
  });

  it('removes what another writer has just written', async () => {
    await withIndex({}, async ({ index, url, prefix, momentIds }) => {
      const before = await openElasticsearchIndex({ url, indexPrefix: prefix });
      await before.write(many(20));
      await before.close();
      await index.write([{ type: 'delete', assetId: 'asset-1', revision: 1 }]);
      expect(await momentIds()).to.deep.equal([]);
    });
  });

  it('removes more than one query takes, of several assets at a time', async function () {
    this.timeout(180_000);
    await withIndex({}, async ({ index, momentIds }) => {
      const written = Array.from({ length: 24 }, (_, number) => many(500, { assetId: `asset-${number}`, vector: null }));
      for (const part of written) await index.write(part);
      const removed = written.map((_, number) => `asset-${number}`).filter((assetId) => assetId !== 'asset-7');
      await Promise.all(removed.map((assetId) => index.write([{ type: 'delete', assetId, revision: 1 }])));
      const left = await momentIds();
      expect(left).to.have.length(500);
      expect(left.every((id) => id.startsWith('asset-7-'))).to.equal(true);
    });
  });

  it('comes with an asset of a later revision, for the moments of earlier ones', async () => {
    await withIndex({}, async ({ index, momentIds }) => {
      await index.write(moments(moment('old'), moment('new', { revision: 2 })));
      await index.write(assets(asset('asset-1', { revision: 2 })));
      expect(await momentIds()).to.deep.equal(['new']);
    });
  });

  it('leaves what is newer', async () => {
    await withIndex({}, async ({ index, momentIds }) => {
      await index.write([...assets(asset('asset-1', { revision: 2 })), ...assets(asset('asset-2', { revision: 1 }))]);
      await index.write(moments(moment('new', { revision: 2 })));
      await index.write([{ type: 'delete', assetId: 'asset-1', revision: 1 }, { type: 'delete', assetId: 'asset-2', revision: 1 }]);
      expect(await momentIds()).to.deep.equal(['new']);
      expect((await index.assets(['asset-1', 'asset-2'])).map(({ assetId }) => assetId)).to.deep.equal(['asset-1']);
    });
  });

  it('is not undone by a late write of what it removed, and does not stop the next revision', async () => {
    await withIndex({}, async ({ index, prefix, ask, momentIds }) => {
      await index.write([...moments(moment('m1')), ...assets(asset('asset-1'))]);
      const [momentIndex] = Object.keys((await ask('GET', `${prefix}-*--*`)) as object);
      await index.write([{ type: 'delete', assetId: 'asset-1', revision: 1 }]);
      for (const path of [`${momentIndex}/_doc/m1`, `${prefix}-assets/_doc/asset-1`]) {
        const late: unknown = await ask('PUT', `${path}?version=1&version_type=external_gte`, { assetId: 'asset-1', revision: 1 }).catch((error: unknown) => error);
        expect(String(late), path).to.match(/version_conflict_engine_exception/);
      }
      expect(await index.write(assets(asset('asset-1', { revision: 2 })))).to.deep.equal([]);
      expect((await index.assets(['asset-1']))[0]?.revision).to.equal(2);
      expect(await momentIds()).to.deep.equal([]);
    });
  });

  it('shares its wait with others, and never forces a refresh', async () => {
    let proxy: ServerProxy | undefined;
    const through = async (url: string): Promise<{ url: string }> => {
      proxy = await ServerProxy.start(url);
      return { url: proxy.url };
    };
    await withIndex(through, async ({ index, momentIds }) => {
      const assetIds = Array.from({ length: 12 }, (_, i) => `asset-${i}`);
      await index.write(assetIds.flatMap((assetId) => many(3, { assetId })));
      await Promise.all(assetIds.map((assetId) => index.write([{ type: 'delete', assetId, revision: 1 }])));
      expect(await momentIds()).to.deep.equal([]);
      const paths = proxy!.requests.map(({ path }) => path);
      expect(paths.filter((path) => path.includes('refresh=wait_for')).length).to.be.within(1, 4);
      expect(paths.filter((path) => path.includes('_delete_by_query')).length).to.be.within(1, 4);
      expect(paths.filter((path) => /_refresh|refresh=(true|&|$)/.test(path))).to.deep.equal([]);
    }).finally(() => proxy?.stop());
  });
});
