/** Panels of a Grafana dashboard, as its JSON model has them; `layOut` gives them places and numbers. */

export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** With `{{label}}`. */
  readonly legend: string;
}

/** Names of Grafana's units. */
export type Unit = 's' | 'short' | 'reqps' | 'cps' | 'bytes' | 'percentunit' | 'none';

export interface PanelOptions {
  readonly title: string;
  /** What a person should read from it. */
  readonly description: string;
  readonly queries: readonly Query[];
  readonly unit?: Unit;
  /** Of 24 columns. @default 8 */
  readonly width?: number;
  readonly stacked?: boolean;
  /** From this value on it is red. */
  readonly redFrom?: number;
}

export interface Panel {
  readonly type: 'timeseries' | 'stat' | 'row';
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The one that provisioning/datasources makes. */
export const DATASOURCE = { type: 'prometheus', uid: 'millrace-prometheus' } as const;
export const COLUMNS = 24;
const RANGE_HEIGHT = 8;
const STAT_HEIGHT = 4;

const targets = (queries: readonly Query[], instant: boolean): unknown[] =>
  queries.map(({ expr, legend }, index) => ({ refId: String.fromCharCode(65 + index), datasource: DATASOURCE, expr, legendFormat: legend, instant, range: !instant }));

const thresholds = (redFrom: number | undefined): unknown =>
  ({ mode: 'absolute', steps: [{ color: 'green', value: null }, ...(redFrom === undefined ? [] : [{ color: 'red', value: redFrom }])] });

/** Over time. */
export const graph = ({ title, description, queries, unit = 'short', width = 8, stacked = false, redFrom }: PanelOptions): Panel => ({
  type: 'timeseries', title, width, height: RANGE_HEIGHT,
  body: {
    description, datasource: DATASOURCE, targets: targets(queries, false),
    fieldConfig: {
      defaults: { unit, min: 0, custom: { fillOpacity: stacked ? 30 : 10, stacking: { mode: stacked ? 'normal' : 'none' }, showPoints: 'never', thresholdsStyle: { mode: redFrom === undefined ? 'off' : 'line' } }, thresholds: thresholds(redFrom) },
      overrides: [],
    },
    options: { legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] }, tooltip: { mode: 'multi', sort: 'desc' } },
  },
});

/** Now. */
export const number = ({ title, description, queries, unit = 'short', width = 4, redFrom }: PanelOptions): Panel => ({
  type: 'stat', title, width, height: STAT_HEIGHT,
  body: {
    description, datasource: DATASOURCE, targets: targets(queries, true),
    fieldConfig: { defaults: { unit, noValue: '0', thresholds: thresholds(redFrom) }, overrides: [] },
    options: { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, colorMode: 'value', graphMode: 'none', textMode: 'auto' },
  },
});

export const heading = (title: string): Panel => ({ type: 'row', title, width: COLUMNS, height: 1, body: { collapsed: false, panels: [] } });

/** From left to right, and down where the row is full. */
export function layOut(panels: readonly Panel[]): unknown[] {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return panels.map(({ type, title, width, height, body }, index) => {
    if (x + width > COLUMNS) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const gridPos = { x, y, w: width, h: height };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return { id: index + 1, type, title, gridPos, ...body };
  });
}
