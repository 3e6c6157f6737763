/** A dashboard: saved panels in rows of a grid that is 48 wide, and filters above them. */
import { dataViewId, type DataView } from './data-views.ts';
import { kuery, savedObject, searchSource, type Reference, type SavedObject } from './saved-object.ts';

const GRID_WIDTH = 48;

export interface Row {
  readonly height: number;
  /** They share the width. */
  readonly panels: readonly SavedObject[];
}

export interface Control {
  readonly field: string;
  readonly title: string;
  readonly view: DataView;
  readonly kind: 'options' | 'range';
}

export interface DashboardDefinition {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
  readonly controls: readonly Control[];
  /** As the time picker takes it: `now-7d`. */
  readonly from: string;
}

/** The dashboard and its panels. */
export function dashboard({ id, title, description, rows, controls, from }: DashboardDefinition): SavedObject[] {
  const placed = placePanels(rows);
  const panels = placed.map(({ panel, gridData }) => ({
    type: panel.type, gridData, panelIndex: gridData.i, embeddableConfig: { enhancements: {} }, panelRefName: `panel_${gridData.i}`,
  }));
  const references = [
    ...placed.map(({ panel, gridData: { i } }): Reference => ({ name: `${i}:panel_${i}`, type: panel.type, id: panel.id })),
    ...controls.map(({ view, kind }, order): Reference => ({ name: `controlGroup_${controlId(order)}:${DATA_VIEW_NAMES[kind]}`, type: 'index-pattern', id: dataViewId(view) })),
  ];
  const attributes = {
    title,
    description,
    panelsJSON: JSON.stringify(panels),
    optionsJSON: JSON.stringify({ useMargins: true, syncColors: true, syncCursor: true, syncTooltips: false, hidePanelTitles: false }),
    timeRestore: true,
    timeFrom: from,
    timeTo: 'now',
    refreshInterval: { pause: true, value: 60_000 },
    kibanaSavedObjectMeta: searchSource({ query: kuery('') }),
    controlGroupInput: controlGroup(controls),
  };
  return [...placed.map(({ panel }) => panel), savedObject('dashboard', id, attributes, references)];
}

interface PlacedPanel {
  readonly panel: SavedObject;
  readonly gridData: { readonly x: number; readonly y: number; readonly w: number; readonly h: number; readonly i: string };
}

function placePanels(rows: readonly Row[]): PlacedPanel[] {
  let y = 0;
  return rows.flatMap(({ height, panels }, row) => {
    const w = Math.floor(GRID_WIDTH / panels.length);
    const placed = panels.map((panel, column) => ({ panel, gridData: { x: column * w, y, w, h: height, i: `${row + 1}-${column + 1}` } }));
    y += height;
    return placed;
  });
}

const controlId = (order: number): string => `control-${order + 1}`;
const CONTROL_TYPES = { options: 'optionsListControl', range: 'rangeSliderControl' } as const;
const DATA_VIEW_NAMES = { options: 'optionsListDataView', range: 'rangeSliderDataView' } as const;

function controlGroup(controls: readonly Control[]): Readonly<Record<string, unknown>> {
  const panels = Object.fromEntries(controls.map(({ field, title, kind }, order) => {
    const id = controlId(order);
    return [id, { order, width: 'medium', grow: true, type: CONTROL_TYPES[kind], explicitInput: { id, fieldName: field, title, enhancements: {} } }];
  }));
  return {
    controlStyle: 'oneLine',
    chainingSystem: 'HIERARCHICAL',
    showApplySelections: false,
    panelsJSON: JSON.stringify(panels),
    ignoreParentSettingsJSON: JSON.stringify({ ignoreFilters: false, ignoreQuery: false, ignoreTimerange: false, ignoreValidations: false }),
  };
}
