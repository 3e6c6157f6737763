import { expect } from 'chai';
import type { AuditIndexEvent, DeadLetterIndexEvent, IndexEvent, WorkIndexEvent } from '../../../connectors/ports/index.ts';
import { errorOf, withIndex } from './written-index.ts';
import { openElasticsearchIndex } from '../../../connectors/elasticsearch/index.ts';

const audit: AuditIndexEvent = { type: 'audit', id: 'audit-1', atMs: 1_764_000_000_000, assetId: 'a', revision: 1, library: 'default', event: 'COMPLETE', detail: 'all of it' };
const deadLetter: DeadLetterIndexEvent = { type: 'dead-letter', id: 'media.work-3-17', atMs: 1_764_000_000_001, assetId: null, topic: 'media.work', partition: 3, offset: 17, node: 'decode', stage: 'decode', code: 'MILL_MEDIA_CORRUPT', message: 'no frame' };
const work: WorkIndexEvent = {
  type: 'work', id: 'insight-1', atMs: 1_764_000_000_002, assetId: 'a', revision: 1, library: 'default', mediaKind: 'VIDEO', stage: 'vision', task: 'OCR', status: 'OK', reason: null, model: 'ocr@1',
  lineage: 'a1b2', confidence: 0.75, computeMs: 12.5, mediaMs: null,
};

describe('events on Elasticsearch', () => {
  it('are kept under their names with their time, once however often they are written', async () => {
    await withIndex({}, async ({ index, ask, prefix, refresh }) => {
      for (let time = 0; time < 2; time += 1) expect(await index.writeEvents([audit, deadLetter, work])).to.deep.equal([]);
      await refresh();
      const found = async (name: string): Promise<unknown[]> =>
        ((await ask('GET', `${prefix}-${name}/_search`)) as { readonly hits: { readonly hits: readonly { readonly _id: string; readonly _source: unknown }[] } }).hits.hits.map(({ _id, _source }) => [_id, _source]);
      const stored = ({ type: _type, atMs, ...fields }: IndexEvent): unknown => ({ '@timestamp': atMs, ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) });
      expect(await found('audit')).to.deep.equal([[audit.id, stored(audit)]]);
      expect(await found('dead-letters')).to.deep.equal([[deadLetter.id, stored(deadLetter)]]);
      expect(await found('work')).to.deep.equal([[work.id, stored(work)]]);
    });
  });

  it('that the index refuses come back with the reason, and the others are written', async () => {
    await withIndex({}, async ({ index, ask, prefix, refresh }) => {
      const odd = { ...audit, id: 'odd', revision: 1e30 };
      const long = { ...audit, id: 'x'.repeat(513) };
      const rejected = await index.writeEvents([odd, audit, long]);
      expect(rejected.map(({ event }) => event)).to.have.members([odd, long]);
      for (const { reason } of rejected) expect(reason).to.match(/revision|512/);
      await refresh();
      expect(await ask('GET', `${prefix}-audit/_count`)).to.include({ count: 1 });
    });
  });

  it('are not taken by an index that was opened for reading', async () => {
    await withIndex({}, async ({ url, prefix }) => {
      const reader = await openElasticsearchIndex({ url, indexPrefix: prefix, readOnly: true });
      expect((await errorOf(reader.writeEvents([audit]))).code).to.equal('MILL_CONFIG_INVALID');
      await reader.close();
    });
  });
});
