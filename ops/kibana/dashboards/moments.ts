/** Search in moments: the query bar finds words, the controls filter. */
import { count, terms, uniqueCount } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { documents } from '../discover.ts';
import { figure, ring, rows } from '../lens.ts';
import type { SavedObject } from '../saved-object.ts';

const view = 'moments';
const moments = count({ label: 'Moments' });

export const momentsDashboard = (): SavedObject[] => dashboard({
  id: 'millrace-moments',
  title: 'Millrace: moments',
  description: 'Every searchable moment. Type words of speech, screens and documents into the query bar (text: "rocket launch"), and filter by label, kind and position.',
  from: 'now-1y',
  controls: [
    { field: 'tags', title: 'Label', view, kind: 'options' },
    { field: 'modality', title: 'Modality', view, kind: 'options' },
    { field: 'mediaKind', title: 'Kind', view, kind: 'options' },
    { field: 'library', title: 'Library', view, kind: 'options' },
    { field: 'startMs', title: 'Position (ms)', view, kind: 'range' },
  ],
  rows: [
    {
      height: 8,
      panels: [
        figure({ id: 'millrace-moments-count', title: 'Moments', view }, moments),
        figure({ id: 'millrace-moments-assets', title: 'Assets among them', view }, uniqueCount('assetId', { label: 'Assets' })),
        figure({ id: 'millrace-moments-spoken', title: 'Spoken phrases', view, query: 'modality: "speech"' }, count({ label: 'Phrases' })),
      ],
    },
    {
      height: 14,
      panels: [
        rows({ id: 'millrace-moments-labels', title: 'Labels of frames', view, query: 'modality: "frame"' }, { axis: terms('tags', { label: 'Label', by: 'moments', size: 20 }), values: { moments } }),
        ring({ id: 'millrace-moments-modalities', title: 'By modality', view }, { part: terms('modality', { label: 'Modality', by: 'value' }), value: moments }),
      ],
    },
    {
      height: 24,
      panels: [documents({ id: 'millrace-moments-found', title: 'Moments', view, columns: ['modality', 'startMs', 'text', 'tags', 'assetId', 'library', 'model'], sort: [['indexedAt', 'desc']] })],
    },
  ],
});
