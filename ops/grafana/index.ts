/** Grafana's dashboards, made from code: the files in dashboards/, which Grafana provisions. */
import { engineDashboard } from './engine.ts';
import { mediaDashboard } from './media.ts';

export { MEDIA_NODES } from './media.ts';
export { DATASOURCE } from './panels.ts';

/** File name -> content. */
export function grafanaFiles(): Readonly<Record<string, string>> {
  const files = { 'engine.json': engineDashboard(), 'media.json': mediaDashboard() };
  return Object.fromEntries(Object.entries(files).map(([name, dashboard]) => [name, `${JSON.stringify(dashboard, null, 2)}\n`]));
}
