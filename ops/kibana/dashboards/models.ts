/** Models side by side: how many units each did, how sure it was, what it cost, how much it failed. */
import { average, count, overTime, percentile, sum, terms } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { lines, rows, table } from '../lens.ts';
import type { SavedObject } from '../saved-object.ts';

const view = 'work';
const units = count({ label: 'Units' });

export const modelsDashboard = (): SavedObject[] => dashboard({
  id: 'millrace-models',
  title: 'Millrace: model comparison',
  description: 'Choose a task above, and compare the models and generations (lineages) that did it.',
  from: 'now-7d',
  controls: [
    { field: 'task', title: 'Task', view, kind: 'options' },
    { field: 'model', title: 'Model', view, kind: 'options' },
    { field: 'library', title: 'Library', view, kind: 'options' },
  ],
  rows: [
    {
      height: 16,
      panels: [
        table({ id: 'millrace-models-table', title: 'Models', view }, {
          task: terms('task', { label: 'Task', by: 'units' }),
          model: terms('model', { label: 'Model', by: 'units' }),
          lineage: terms('lineage', { label: 'Lineage', by: 'units', size: 5 }),
          units,
          failed: count({ label: 'Failed', where: 'status: "FAILED"' }),
          confidence: average('confidence', { label: 'Confidence' }),
          median: percentile('computeMs', 50, { label: 'Median latency' }),
          p95: percentile('computeMs', 95, { label: '95th percentile' }),
          computeMs: sum('computeMs', { label: 'Compute time' }),
          mediaMs: sum('mediaMs', { label: 'Media time' }),
        }),
      ],
    },
    {
      height: 14,
      panels: [
        lines({ id: 'millrace-models-latency', title: 'Median latency', view }, { axis: overTime('@timestamp'), values: { latency: percentile('computeMs', 50, { label: 'Latency' }) }, split: terms('model', { label: 'Model', by: 'latency' }) }),
        lines({ id: 'millrace-models-confidence', title: 'Confidence', view }, { axis: overTime('@timestamp'), values: { confidence: average('confidence', { label: 'Confidence' }) }, split: terms('model', { label: 'Model', by: 'confidence' }) }),
      ],
    },
    {
      height: 14,
      panels: [
        rows({ id: 'millrace-models-outcomes', title: 'Outcomes', view }, { axis: terms('model', { label: 'Model', by: 'units' }), values: { units }, split: terms('status', { label: 'Status', by: 'units' }) }),
        rows({ id: 'millrace-models-kinds', title: 'Compute time by kind of media', view }, { axis: terms('model', { label: 'Model', by: 'computeMs' }), values: { computeMs: sum('computeMs', { label: 'Compute time' }) }, split: terms('mediaKind', { label: 'Kind', by: 'computeMs' }) }),
      ],
    },
  ],
});
