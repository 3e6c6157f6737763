/** Lens panels: a figure, bars or lines over an axis, a ring, a table. One layer each, over one data view. */
import type { Column, Columns } from './columns.ts';
import { dataViewId, type DataView } from './data-views.ts';
import { kuery, savedObject, type SavedObject } from './saved-object.ts';

const LAYER = 'layer';

interface Panel {
  readonly id: string;
  readonly title: string;
  readonly view: DataView;
  /** Only documents that match this (KQL). */
  readonly query?: string;
}

/** One number. */
export const figure = (panel: Panel, column: Column): SavedObject =>
  lens(panel, 'lnsMetric', { value: column }, { layerId: LAYER, layerType: 'data', metricAccessor: 'value' });

/** Parts of a whole. */
export const ring = (panel: Panel, columns: { readonly part: Column; readonly value: Column }): SavedObject =>
  lens(panel, 'lnsPie', columns, {
    shape: 'donut',
    layers: [{ layerId: LAYER, layerType: 'data', primaryGroups: ['part'], metrics: ['value'], numberDisplay: 'percent', categoryDisplay: 'default', legendDisplay: 'default', nestedLegend: false }],
  });

interface Series {
  readonly axis: Column;
  /** Measures, each a series unless `split` makes many of the one. */
  readonly values: Columns;
  readonly split?: Column;
}

export const bars = (panel: Panel, series: Series): SavedObject => xy(panel, series, 'bar_stacked');
export const lines = (panel: Panel, series: Series): SavedObject => xy(panel, series, 'line');
export const rows = (panel: Panel, series: Series): SavedObject => xy(panel, series, 'bar_horizontal_stacked');

function xy(panel: Panel, { axis, values, split }: Series, seriesType: string): SavedObject {
  return lens(panel, 'lnsXY', { axis, ...(split === undefined ? {} : { split }), ...values }, {
    legend: { isVisible: true, position: 'right', legendSize: 'auto' },
    valueLabels: 'hide',
    fittingFunction: 'None',
    preferredSeriesType: seriesType,
    layers: [{
      layerId: LAYER, layerType: 'data', seriesType, accessors: Object.keys(values), xAccessor: 'axis', position: 'top', showGridlines: false,
      ...(split === undefined ? {} : { splitAccessor: 'split' }),
    }],
  });
}

/** Buckets first, then measures. */
export const table = (panel: Panel, columns: Columns): SavedObject =>
  lens(panel, 'lnsDatatable', columns, { layerId: LAYER, layerType: 'data', columns: Object.keys(columns).map((columnId) => ({ columnId, isTransposed: false })), rowHeight: 'single' });

function lens({ id, title, view, query = '' }: Panel, visualizationType: string, columns: Columns, visualization: Readonly<Record<string, unknown>>): SavedObject {
  const layers = { [LAYER]: { columns, columnOrder: Object.keys(columns), incompleteColumns: {}, sampling: 1 } };
  return savedObject('lens', id, {
    title,
    description: '',
    visualizationType,
    state: { visualization, query: kuery(query), filters: [], datasourceStates: { formBased: { layers } }, internalReferences: [], adHocDataViews: {} },
  }, [{ type: 'index-pattern', id: dataViewId(view), name: `indexpattern-datasource-layer-${LAYER}` }]);
}
