/** What the tests read of a dashboard's JSON. */
export interface PanelModel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string; readonly datasource: { readonly uid: string } }[];
}

export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly PanelModel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string; readonly datasource: { readonly uid: string } }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[] };
}

export const dashboardOf = (text: string): DashboardModel => JSON.parse(text) as DashboardModel;

/** As Prometheus gets them: with Grafana's variables put in. */
export function dashboardExpressions(text: string): { readonly panel: string; readonly expr: string }[] {
  const plain = (expr: string): string => expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(?:application_id|subtopology)\b/g, '.*');
  return dashboardOf(text).panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: title, expr: plain(expr) })));
}
