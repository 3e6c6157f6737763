import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openElasticsearchIndex } from '../../../connectors/elasticsearch/index.ts';
import type { IndexEvent } from '../../../connectors/ports/index.ts';
import { kibanaObjects } from '../../../ops/kibana/index.ts';
import { asset, axis, moment } from '../../connectors/sample-documents.ts';
import { sharedElasticsearch } from '../../support/servers.ts';
import { aggregationsOf, kqlFilter } from './support/panel-query.ts';
import { savedObjectForm, type ParsedObject } from './support/saved-object-forms.ts';

interface FieldCapability {
  readonly type: string;
  readonly searchable: boolean;
  readonly aggregatable: boolean;
}
type Capabilities = ReadonlyMap<string, readonly FieldCapability[]>;

const NUMBERS = ['long', 'integer', 'double', 'float'];
const NEEDS: Readonly<Record<string, readonly string[]>> = { sum: NUMBERS, average: NUMBERS, percentile: NUMBERS, date_histogram: ['date'], terms: ['keyword'] };

/** One of each kind that the dashboards distinguish. */
const EVENTS: readonly IndexEvent[] = [
  ...['ADMITTED', 'COMPLETED', 'PARTIAL', 'REJECTED'].map((event, i): IndexEvent => ({ type: 'audit', id: `audit-${i}`, atMs: Date.now(), assetId: 'a', revision: 1, library: 'news', event, detail: '' })),
  { type: 'dead-letter', id: 'letter', atMs: Date.now(), assetId: 'a', topic: 'media.work', partition: 0, offset: 7, node: 'decode-segment', stage: 'decode', code: 'MILL_MEDIA_CORRUPT', message: 'no picture and no sound' },
  ...(['OK', 'SKIPPED', 'FAILED'] as const).map((status, i): IndexEvent => ({
    type: 'work', id: `work-${i}`, atMs: Date.now(), assetId: 'a', revision: 1, library: 'news', mediaKind: 'VIDEO', stage: 'vision', task: 'OCR', status, reason: null, model: 'ocr@1', lineage: 'abcdef01', confidence: 0.9, computeMs: 12.5, mediaMs: 4000,
  })),
];

const parsed = kibanaObjects().map((object) => savedObjectForm.parse(object));

describe('Kibana panels on a real index', function () {
  this.timeout(120_000);
  const prefix = `kibana-${randomBytes(4).toString('hex')}`;
  let url = '';

  const ask = async (path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const answer = (await response.json()) as Record<string, unknown>;
    expect(response.status, JSON.stringify(answer)).to.equal(200);
    return answer;
  };
  /** Of the data view, for the prefix of this test. */
  const indexesOf = (id: string): string => {
    const view = kibanaObjects(prefix).find((object) => object.type === 'index-pattern' && object.id === id);
    return String(view?.attributes['title']);
  };
  const capabilitiesOf = async (id: string): Promise<Capabilities> => {
    const { fields } = await ask(`${indexesOf(id)}/_field_caps?fields=*&ignore_unavailable=true`) as { fields: Record<string, Record<string, FieldCapability>> };
    return new Map(Object.entries(fields).map(([name, types]) => [name, Object.values(types)]));
  };
  const viewOf = ({ references }: ParsedObject): string => references.find(({ type }) => type === 'index-pattern')?.id ?? '';

  before(async () => {
    ({ url } = await sharedElasticsearch());
    const index = await openElasticsearchIndex({ url, indexPrefix: prefix });
    try {
      const body = { durationMs: 60_000, sizeBytes: 1000, computeMs: 90, insightCount: 3, models: ['ocr@1'], submittedAtMs: Date.now(), completedAtMs: Date.now(), duplicateOf: null };
      expect(await index.write([
        { type: 'asset', document: asset('a', { tags: ['lion'], body }) },
        { type: 'asset', document: asset('b', { state: 'PARTIAL', tags: ['lion'], body }) },
        { type: 'moment', document: moment('m1', { modality: 'frame', text: null, tags: ['lion'], vector: axis(0), startMs: 0, endMs: 1000 }) },
        { type: 'moment', document: moment('m2', { modality: 'speech', text: 'rocket launch', vector: axis(1), startMs: 0, endMs: 1000 }) },
      ])).to.deep.equal([]);
      expect(await index.writeEvents(EVENTS)).to.deep.equal([]);
      await ask(`${prefix}-*/_refresh`);
    } finally {
      await index.close();
    }
  });
  after(async () => {
    const indexes = (await (await fetch(`${url}/_cat/indices/${prefix}-*?format=json&h=index`)).json()) as { index: string }[];
    for (const { index } of indexes) await fetch(`${url}/${index}`, { method: 'DELETE' });
  });

  for (const object of parsed) {
    if (object.type === 'index-pattern') {
      it(`${object.attributes.name}: its time field and formatted fields are there`, async () => {
        const fields = await capabilitiesOf(object.id);
        expectField(fields, object.attributes.timeFieldName, ['date']);
        for (const field of Object.keys(object.attributes.fieldFormatMap)) expectField(fields, field, NUMBERS);
      });
    } else if (object.type === 'search') {
      it(`${object.attributes.title}: its columns are there, and it finds documents in its order`, async () => {
        const fields = await capabilitiesOf(viewOf(object));
        for (const column of object.attributes.columns) expect(fields.has(column), column).to.equal(true);
        const sort = object.attributes.sort.map(([field, order]) => ({ [field]: order }));
        const { hits } = await ask(`${indexesOf(viewOf(object))}/_search?ignore_unavailable=true`, { sort }) as { hits: { hits: unknown[] } };
        expect(hits.hits).to.have.length.at.least(1);
      });
    } else if (object.type === 'lens') {
      const { title, state } = object.attributes;
      it(`${title} (${object.id}): its fields are of the types that it needs, and its query returns rows`, async () => {
        const fields = await capabilitiesOf(viewOf(object));
        for (const { columns, columnOrder } of Object.values(state.datasourceStates.formBased.layers)) {
          for (const { operationType, sourceField } of Object.values(columns)) if (operationType !== 'count') expectField(fields, sourceField, NEEDS[operationType] ?? [...NUMBERS, 'keyword']);
          const { hits, aggregations } = await ask(`${indexesOf(viewOf(object))}/_search?ignore_unavailable=true`, {
            size: 0, track_total_hits: true, query: kqlFilter(state.query.query), aggs: aggregationsOf(columns, columnOrder),
          }) as { hits: { total: { value: number } }; aggregations: Record<string, { buckets?: unknown[] }> };
          expect(hits.total.value, 'documents').to.be.at.least(1);
          const first = aggregations[columnOrder[0] ?? ''];
          if (columns[columnOrder[0] ?? '']?.isBucketed === true) expect(first?.buckets, 'rows').to.have.length.at.least(1);
        }
      });
    } else {
      it(`${object.attributes.title}: what its controls filter is there, and can be filtered`, async () => {
        for (const [id, { type, explicitInput: { fieldName } }] of Object.entries(object.attributes.controlGroupInput.panelsJSON)) {
          const view = object.references.find(({ name }) => name.startsWith(`controlGroup_${id}:`))?.id ?? '';
          expectField(await capabilitiesOf(view), fieldName, type === 'rangeSliderControl' ? NUMBERS : ['keyword']);
        }
      });
    }
  }
});

function expectField(fields: Capabilities, name: string, types: readonly string[]): void {
  const found = fields.get(name);
  expect(found, `field ${name}`).to.be.an('array').that.has.length(1);
  const [capability] = found ?? [];
  expect(types, `type of ${name}`).to.include(capability?.type);
  expect(capability?.aggregatable, `${name} can be aggregated`).to.equal(true);
  expect(capability?.searchable, `${name} can be searched`).to.equal(true);
}
