/** Is the pipeline well: what happens to assets, what fails and why, how long each stage takes, what it costs. */
import { count, overTime, percentile, sum, terms } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { documents } from '../discover.ts';
import { bars, figure, lines, rows, table } from '../lens.ts';
import type { SavedObject } from '../saved-object.ts';

const events = count({ label: 'Events' });
const letters = count({ label: 'Dead letters' });
const computeMs = sum('computeMs', { label: 'Compute time' });

export const pipelineDashboard = (): SavedObject[] => dashboard({
  id: 'millrace-pipeline',
  title: 'Millrace: pipeline health',
  description: 'Audit events by state, dead letters by reason, latency by stage, cost by model.',
  from: 'now-24h',
  controls: [
    { field: 'library', title: 'Library', view: 'work', kind: 'options' },
    { field: 'stage', title: 'Stage', view: 'work', kind: 'options' },
    { field: 'mediaKind', title: 'Kind', view: 'work', kind: 'options' },
  ],
  rows: [
    {
      height: 8,
      panels: [
        figure({ id: 'millrace-pipeline-completed', title: 'Completed', view: 'audit', query: 'event: "COMPLETED"' }, count({ label: 'Assets completed' })),
        figure({ id: 'millrace-pipeline-failed', title: 'Partial or rejected', view: 'audit', query: 'event: ("PARTIAL" or "REJECTED")' }, count({ label: 'Assets' })),
        figure({ id: 'millrace-pipeline-letters', title: 'Dead letters', view: 'dead-letters' }, letters),
        figure({ id: 'millrace-pipeline-compute', title: 'Compute time', view: 'work' }, computeMs),
      ],
    },
    {
      height: 14,
      panels: [
        bars({ id: 'millrace-pipeline-audit', title: 'Audit events by state', view: 'audit' }, { axis: overTime('@timestamp'), values: { events }, split: terms('event', { label: 'State', by: 'events' }) }),
        rows({ id: 'millrace-pipeline-reasons', title: 'Dead letters by reason', view: 'dead-letters' }, { axis: terms('code', { label: 'Reason', by: 'letters' }), values: { letters }, split: terms('stage', { label: 'Stage', by: 'letters' }) }),
      ],
    },
    {
      height: 14,
      panels: [
        lines({ id: 'millrace-pipeline-latency', title: 'Latency by stage, 95th percentile', view: 'work' }, { axis: overTime('@timestamp'), values: { latency: percentile('computeMs', 95, { label: 'Latency' }) }, split: terms('stage', { label: 'Stage', by: 'latency' }) }),
        bars({ id: 'millrace-pipeline-cost', title: 'Cost by model', view: 'work' }, { axis: overTime('@timestamp'), values: { computeMs }, split: terms('model', { label: 'Model', by: 'computeMs' }) }),
      ],
    },
    {
      height: 14,
      panels: [
        table({ id: 'millrace-pipeline-stages', title: 'Stages', view: 'work' }, {
          task: terms('task', { label: 'Task', by: 'units' }),
          units: count({ label: 'Units' }),
          failed: count({ label: 'Failed', where: 'status: "FAILED"' }),
          skipped: count({ label: 'Skipped', where: 'status: "SKIPPED"' }),
          median: percentile('computeMs', 50, { label: 'Median' }),
          p95: percentile('computeMs', 95, { label: '95th percentile' }),
          computeMs,
        }),
      ],
    },
    {
      height: 16,
      panels: [documents({ id: 'millrace-pipeline-newest-letters', title: 'Newest dead letters', view: 'dead-letters', columns: ['stage', 'node', 'code', 'message', 'assetId', 'topic'], sort: [['@timestamp', 'desc']] })],
    },
  ],
});
