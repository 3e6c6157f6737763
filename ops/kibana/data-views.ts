/** Data views: one for each kind of document that the Elasticsearch sink writes (docs/elasticsearch.md). */
import { savedObject, type SavedObject } from './saved-object.ts';

export type DataView = 'assets' | 'moments' | 'audit' | 'dead-letters' | 'work';

interface Definition {
  readonly name: string;
  /** Aliases or indexes, without the prefix. */
  readonly indexes: readonly string[];
  readonly timeField: string;
  readonly formats: Readonly<Record<string, unknown>>;
}

const milliseconds = { id: 'duration', params: { inputFormat: 'milliseconds', outputFormat: 'humanizePrecise', outputPrecision: 2, useShortSuffix: true } };
const bytes = { id: 'bytes' };

export const DATA_VIEWS: Readonly<Record<DataView, Definition>> = {
  'assets': { name: 'Millrace assets', indexes: ['assets'], timeField: 'completedAt', formats: { durationMs: milliseconds, computeMs: milliseconds, sizeBytes: bytes } },
  // The aliases, and not the indexes behind them: what a shadow index holds is not served yet.
  'moments': { name: 'Millrace moments', indexes: ['frame', 'speech', 'screen', 'document', 'subtitle'], timeField: 'indexedAt', formats: { startMs: milliseconds, endMs: milliseconds } },
  'audit': { name: 'Millrace audit', indexes: ['audit'], timeField: '@timestamp', formats: {} },
  'dead-letters': { name: 'Millrace dead letters', indexes: ['dead-letters'], timeField: '@timestamp', formats: {} },
  'work': { name: 'Millrace work', indexes: ['work'], timeField: '@timestamp', formats: { computeMs: milliseconds, mediaMs: milliseconds } },
};

export const dataViewId = (view: DataView): string => `millrace-${view}`;

export function dataViews(indexPrefix: string): SavedObject[] {
  return (Object.keys(DATA_VIEWS) as DataView[]).map((view) => {
    const { name, indexes, timeField, formats } = DATA_VIEWS[view];
    return savedObject('index-pattern', dataViewId(view), {
      title: indexes.map((index) => `${indexPrefix}-${index}`).join(','),
      name,
      timeFieldName: timeField,
      // An alias that no document has made yet is no reason to fail.
      allowHidden: false,
      fields: '[]',
      fieldAttrs: '{}',
      fieldFormatMap: JSON.stringify(formats),
      runtimeFieldMap: '{}',
      sourceFilters: '[{"value":"vector"}]',
      typeMeta: '{}',
    });
  });
}
