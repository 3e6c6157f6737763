/** What the library holds, and how it grows. */
import { count, overTime, sum, terms } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { documents } from '../discover.ts';
import { bars, figure, ring, rows } from '../lens.ts';
import type { SavedObject } from '../saved-object.ts';

const view = 'assets';
const assets = count({ label: 'Assets' });

export const libraryDashboard = (): SavedObject[] => dashboard({
  id: 'millrace-library',
  title: 'Millrace: library overview',
  description: 'Assets by kind, state and library; hours of media; what arrived when; the most frequent labels.',
  from: 'now-30d',
  controls: [
    { field: 'library', title: 'Library', view, kind: 'options' },
    { field: 'mediaKind', title: 'Kind', view, kind: 'options' },
    { field: 'state', title: 'State', view, kind: 'options' },
    { field: 'tags', title: 'Label', view, kind: 'options' },
  ],
  rows: [
    {
      height: 8,
      panels: [
        figure({ id: 'millrace-library-assets', title: 'Assets', view }, assets),
        figure({ id: 'millrace-library-duration', title: 'Time that they play', view }, sum('durationMs', { label: 'Plays for' })),
        figure({ id: 'millrace-library-size', title: 'Size of the sources', view }, sum('sizeBytes', { label: 'Size' })),
        figure({ id: 'millrace-library-partial', title: 'Not complete', view, query: 'state: ("PARTIAL" or "REJECTED")' }, count({ label: 'Partial or rejected' })),
      ],
    },
    {
      height: 14,
      panels: [
        bars({ id: 'millrace-library-arrivals', title: 'Completed over time', view }, { axis: overTime('completedAt'), values: { assets }, split: terms('mediaKind', { label: 'Kind', by: 'assets' }) }),
        ring({ id: 'millrace-library-states', title: 'By state', view }, { part: terms('state', { label: 'State', by: 'value' }), value: assets }),
      ],
    },
    {
      height: 14,
      panels: [
        rows({ id: 'millrace-library-labels', title: 'Most frequent labels', view }, { axis: terms('tags', { label: 'Label', by: 'assets', size: 20 }), values: { assets } }),
        rows({ id: 'millrace-library-libraries', title: 'By library', view }, { axis: terms('library', { label: 'Library', by: 'assets' }), values: { assets }, split: terms('mediaKind', { label: 'Kind', by: 'assets' }) }),
      ],
    },
    {
      height: 18,
      panels: [documents({ id: 'millrace-library-newest', title: 'Newest assets', view, columns: ['fileName', 'library', 'mediaKind', 'state', 'durationMs', 'tags', 'sourceUri'], sort: [['completedAt', 'desc']] })],
    },
  ],
});
