/**
 * The forms of saved objects, as Kibana 8.9 writes them: strict, so that a key that Kibana would not know is found here.
 * Texts that hold JSON are read and checked too.
 */
import { z } from 'zod';

const json = <T extends z.ZodType>(inner: T): z.ZodPipe<z.ZodTransform<unknown, string>, T> =>
  z.transform<string, unknown>((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.issues.push({ code: 'custom', message: 'no JSON', input: text });
      return z.NEVER;
    }
  }).pipe(inner);

const kuery = z.strictObject({ query: z.string(), language: z.literal('kuery') });
const searchSource = z.strictObject({ searchSourceJSON: json(z.strictObject({ query: kuery, filter: z.array(z.never()), indexRefName: z.string().optional(), highlightAll: z.boolean().optional() })) });

const column = z.object({
  label: z.string().min(1), dataType: z.enum(['number', 'string', 'date']), sourceField: z.string().min(1), isBucketed: z.boolean(), scale: z.enum(['ratio', 'ordinal', 'interval']),
  operationType: z.enum(['count', 'sum', 'average', 'unique_count', 'percentile', 'terms', 'date_histogram']), params: z.record(z.string(), z.unknown()), filter: kuery.optional(),
});

const layer = z.strictObject({ columns: z.record(z.string(), column), columnOrder: z.array(z.string()).min(1), incompleteColumns: z.strictObject({}), sampling: z.literal(1) })
  .refine(({ columns, columnOrder }) => columnOrder.length === Object.keys(columns).length && columnOrder.every((id) => id in columns), 'columnOrder names each column once')
  .refine(({ columns, columnOrder }) => columnOrder.every((id, i) => i === 0 || columns[id]?.isBucketed === false || columns[columnOrder[i - 1] ?? '']?.isBucketed === true), 'buckets come before measures')
  .refine(({ columns }) => Object.values(columns).every(({ operationType, params }) => operationType !== 'terms' || (params['orderBy'] as { columnId: string }).columnId in columns), 'terms are ordered by a column that is there');

const lens = z.strictObject({
  title: z.string().min(1), description: z.string(), visualizationType: z.enum(['lnsXY', 'lnsMetric', 'lnsPie', 'lnsDatatable']),
  state: z.strictObject({
    visualization: z.record(z.string(), z.unknown()), query: kuery, filters: z.array(z.never()), internalReferences: z.array(z.never()), adHocDataViews: z.strictObject({}),
    datasourceStates: z.strictObject({ formBased: z.strictObject({ layers: z.record(z.string(), layer) }) }),
  }),
}).refine(({ state }) => {
  const ids = new Set(Object.values(state.datasourceStates.formBased.layers).flatMap(({ columnOrder }) => columnOrder));
  return shownColumns(state.visualization).every((id) => ids.has(id));
}, 'the visualization shows columns that are there');

/** Ids of columns, wherever the four kinds of visualization name them. */
function shownColumns(visualization: Readonly<Record<string, unknown>>): string[] {
  const layers = (visualization['layers'] ?? []) as Record<string, unknown>[];
  const named = [visualization['metricAccessor'], ...((visualization['columns'] ?? []) as { columnId: string }[]).map(({ columnId }) => columnId)];
  const ofLayers = layers.flatMap(({ accessors, xAccessor, splitAccessor, primaryGroups, metrics }) => [accessors, xAccessor, splitAccessor, primaryGroups, metrics].flat());
  return [...named, ...ofLayers].filter((id): id is string => typeof id === 'string');
}

const gridData = z.strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(48), h: z.int().min(1), i: z.string() }).refine(({ x, w }) => x + w <= 48, 'within the grid');
const control = z.strictObject({
  order: z.int(), width: z.enum(['small', 'medium', 'large']), grow: z.boolean(), type: z.enum(['optionsListControl', 'rangeSliderControl']),
  explicitInput: z.strictObject({ id: z.string(), fieldName: z.string(), title: z.string(), enhancements: z.strictObject({}) }),
});

const ATTRIBUTES = {
  'index-pattern': z.strictObject({
    title: z.string().min(1), name: z.string().min(1), timeFieldName: z.string().min(1), allowHidden: z.boolean(), runtimeFieldMap: json(z.strictObject({})), typeMeta: json(z.strictObject({})),
    fields: json(z.array(z.never())), fieldAttrs: json(z.strictObject({})), fieldFormatMap: json(z.record(z.string(), z.object({ id: z.enum(['duration', 'bytes']) }))), sourceFilters: json(z.array(z.strictObject({ value: z.string() }))),
  }),
  'search': z.strictObject({
    title: z.string().min(1), description: z.string(), columns: z.array(z.string()).min(1), sort: z.array(z.tuple([z.string(), z.enum(['asc', 'desc'])])).min(1),
    grid: z.strictObject({}), hideChart: z.boolean(), isTextBasedQuery: z.literal(false), kibanaSavedObjectMeta: searchSource,
  }),
  'lens': lens,
  'dashboard': z.strictObject({
    title: z.string().min(1), description: z.string().min(1), timeRestore: z.literal(true), timeFrom: z.string(), timeTo: z.string(), refreshInterval: z.strictObject({ pause: z.boolean(), value: z.int() }),
    optionsJSON: json(z.record(z.string(), z.boolean())), kibanaSavedObjectMeta: searchSource,
    panelsJSON: json(z.array(z.strictObject({ type: z.enum(['lens', 'search']), gridData, panelIndex: z.string(), panelRefName: z.string(), embeddableConfig: z.strictObject({ enhancements: z.strictObject({}) }) })).min(1)),
    controlGroupInput: z.strictObject({
      controlStyle: z.literal('oneLine'), chainingSystem: z.literal('HIERARCHICAL'), showApplySelections: z.boolean(), panelsJSON: json(z.record(z.string(), control)), ignoreParentSettingsJSON: json(z.record(z.string(), z.boolean())),
    }),
  }),
} as const;

const references = z.array(z.strictObject({ name: z.string().min(1), type: z.enum(['index-pattern', 'search', 'lens', 'dashboard']), id: z.string().min(1) }));
const common = { id: z.string().regex(/^millrace-[a-z0-9-]+$/), references, coreMigrationVersion: z.string(), typeMigrationVersion: z.string() };

/** One line of an import file. */
export const savedObjectForm = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('index-pattern'), attributes: ATTRIBUTES['index-pattern'] }),
  z.strictObject({ ...common, type: z.literal('search'), attributes: ATTRIBUTES.search }),
  z.strictObject({ ...common, type: z.literal('lens'), attributes: ATTRIBUTES.lens }),
  z.strictObject({ ...common, type: z.literal('dashboard'), attributes: ATTRIBUTES.dashboard }),
]);

export type ParsedObject = z.output<typeof savedObjectForm>;
export type ParsedColumn = z.output<typeof column>;
