/** Columns of a Lens panel: what it groups by, and what it measures. */

/** A column under its id in the panel. */
export type Column = { readonly operationType: string; readonly sourceField: string } & Readonly<Record<string, unknown>>;
export type Columns = Readonly<Record<string, Column>>;

/** What Lens calls "all documents". */
export const RECORDS = '___records___';

interface MeasureOptions {
  readonly label: string;
  /** Only of documents that match this (KQL). */
  readonly where?: string;
}

const measure = (operationType: string, sourceField: string, { label, where }: MeasureOptions, params: Readonly<Record<string, unknown>> = {}): Column => ({
  label, customLabel: true, dataType: 'number', operationType, sourceField, isBucketed: false, scale: 'ratio', params: { emptyAsNull: true, ...params },
  ...(where === undefined ? {} : { filter: { query: where, language: 'kuery' } }),
});

export const count = (options: MeasureOptions): Column => measure('count', RECORDS, options);
export const sum = (field: string, options: MeasureOptions): Column => measure('sum', field, options);
export const average = (field: string, options: MeasureOptions): Column => measure('average', field, options);
export const uniqueCount = (field: string, options: MeasureOptions): Column => measure('unique_count', field, options);
export const percentile = (field: string, rank: number, options: MeasureOptions): Column => measure('percentile', field, options, { percentile: rank });

interface TermsOptions {
  readonly label: string;
  /** The column that they are ordered by, largest first. */
  readonly by: string;
  /** @default 10 */
  readonly size?: number;
}

export const terms = (field: string, { label, by, size = 10 }: TermsOptions): Column => ({
  label, customLabel: true, dataType: 'string', operationType: 'terms', sourceField: field, isBucketed: true, scale: 'ordinal',
  params: {
    size, orderBy: { type: 'column', columnId: by }, orderDirection: 'desc', otherBucket: true, missingBucket: false, parentFormat: { id: 'terms' },
    include: [], exclude: [], includeIsRegex: false, excludeIsRegex: false,
  },
});

export const overTime = (field: string): Column => ({
  label: field, dataType: 'date', operationType: 'date_histogram', sourceField: field, isBucketed: true, scale: 'interval',
  params: { interval: 'auto', includeEmptyRows: true, dropPartials: false },
});
