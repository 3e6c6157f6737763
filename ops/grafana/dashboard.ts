/** A dashboard as Grafana provisions it from a file. */
import { DATASOURCE, layOut, type Panel } from './panels.ts';

export interface DashboardOptions {
  /** Stays: links name it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
}

/** Chosen in the dashboard's head; all panels filter by them. */
const variable = (name: string, label: string, metric: string): unknown => ({
  name, label, type: 'query', datasource: DATASOURCE, query: { query: `label_values(${metric}, ${name})`, refId: name }, definition: `label_values(${metric}, ${name})`,
  refresh: 2, includeAll: true, multi: true, allValue: '.*', current: { text: ['All'], value: ['$__all'] }, sort: 1,
});

const SCHEMA_VERSION = 39;

export const dashboard = ({ uid, title, description, panels }: DashboardOptions): Readonly<Record<string, unknown>> => ({
  uid, title, description, tags: ['millrace'], schemaVersion: SCHEMA_VERSION, version: 1, editable: false, graphTooltip: 1, refresh: '30s', timezone: 'browser',
  time: { from: 'now-1h', to: 'now' },
  templating: { list: [variable('application_id', 'Application', 'millrace_streams_state'), variable('subtopology', 'Sub-topology', 'millrace_streams_task_process_records_total')] },
  annotations: {
    list: [{
      name: 'Alerts', enable: true, iconColor: 'red', datasource: DATASOURCE, expr: 'ALERTS{alertstate="firing", alertname=~"Millrace.*"}',
      titleFormat: '{{alertname}}', textFormat: '{{subtopology}} {{node}} {{service}}',
    }],
  },
  links: [{ type: 'dashboards', tags: ['millrace'], title: 'Millrace', asDropdown: false, includeVars: true, keepTime: true }],
  panels: layOut(panels),
});
