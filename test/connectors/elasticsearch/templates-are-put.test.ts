import { expect } from 'chai';
import { openElasticsearchIndex } from '../../../connectors/elasticsearch/index.ts';
import { TEMPLATES_VERSION } from '../../../connectors/elasticsearch/templates.ts';
import { moment } from '../sample-documents.ts';
import { moments, withIndex } from './written-index.ts';

interface Templates {
  readonly index_templates: readonly { readonly name: string; readonly index_template: Readonly<Record<string, unknown>> & { readonly version: number } }[];
}
interface IndexState {
  readonly settings: { readonly index: Readonly<Record<string, unknown>> };
  readonly mappings: { readonly dynamic: string; readonly properties: Readonly<Record<string, { readonly index_options?: { readonly type: string }; readonly dims?: number }>> };
}

describe('templates of Elasticsearch indexes', () => {
  it('shape each index: strict fields, the named kind of vector index, a refresh interval', async () => {
    await withIndex({ vectorIndex: 'int8_flat', refreshIntervalMs: 700 }, async ({ index, ask, prefix }) => {
      await index.write(moments(moment('m1')));
      const state = Object.values((await ask('GET', `${prefix}-speech--*`)) as Readonly<Record<string, IndexState>>)[0]!;
      expect(state.mappings.dynamic).to.equal('strict');
      expect(state.mappings.properties['vector']).to.include({ dims: 8 }).and.to.have.nested.property('index_options.type', 'int8_flat');
      expect(state.settings.index).to.include({ refresh_interval: '700ms', gc_deletes: '10m', auto_expand_replicas: '0-1' });
      const assetIndex = Object.values((await ask('GET', `${prefix}-assets`)) as Readonly<Record<string, IndexState>>)[0]!;
      expect(assetIndex.mappings.dynamic).to.equal('strict');
      expect(assetIndex.settings.index).to.include({ refresh_interval: '700ms' });
    });
  });

  it('are put anew for other options, and where they are older; those of a newer release stay', async () => {
    await withIndex({}, async ({ url, prefix, ask }) => {
      const templates = async (): Promise<Templates['index_templates']> => ((await ask('GET', `_index_template/${prefix}-*`)) as Templates).index_templates;
      const find = async (name: string): Promise<Templates['index_templates'][number]['index_template']> => (await templates()).find((one) => one.name === `${prefix}-${name}`)!.index_template;
      const reopen = async (vectorIndex: 'hnsw' | 'flat'): Promise<void> => (await openElasticsearchIndex({ url, indexPrefix: prefix, vectorIndex })).close();

      expect((await templates()).map(({ name }) => name)).to.have.members(['moments', 'assets', 'audit', 'dead-letters', 'work'].map((name) => `${prefix}-${name}`));
      await reopen('hnsw');
      expect(await find('moments')).to.have.nested.property('template.mappings.properties.vector.index_options.type', 'hnsw');

      await ask('PUT', `_index_template/${prefix}-moments`, { index_patterns: [`${prefix}-frame--*`], version: TEMPLATES_VERSION + 1 });
      await ask('PUT', `_index_template/${prefix}-work`, { index_patterns: [`${prefix}-work`], version: TEMPLATES_VERSION - 1 });
      await reopen('flat');
      expect(await find('moments')).to.not.have.property('template');
      expect((await find('work')).version).to.equal(TEMPLATES_VERSION);
    });
  });

  it('may be put by several writers at a time', async () => {
    await withIndex({}, async ({ url, prefix, clear }) => {
      await clear();
      const opened = await Promise.all(Array.from({ length: 4 }, () => openElasticsearchIndex({ url, indexPrefix: prefix, shards: 2 })));
      await Promise.all(opened.map((index) => index.close()));
    });
  });
});
