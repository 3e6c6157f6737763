/** Kibana's data views and dashboards, made from code: `millrace.ndjson` is their import file. */
import { libraryDashboard } from './dashboards/library.ts';
import { modelsDashboard } from './dashboards/models.ts';
import { momentsDashboard } from './dashboards/moments.ts';
import { pipelineDashboard } from './dashboards/pipeline.ts';
import { dataViews } from './data-views.ts';
import type { SavedObject } from './saved-object.ts';

export type { Reference, SavedObject, SavedObjectType } from './saved-object.ts';

/** What is referred to comes before what refers to it. @param indexPrefix of the Elasticsearch sink */
export function kibanaObjects(indexPrefix = 'media'): SavedObject[] {
  return [...dataViews(indexPrefix), ...libraryDashboard(), ...momentsDashboard(), ...pipelineDashboard(), ...modelsDashboard()];
}

/** The import file: one object a line. */
export const kibanaFile = (indexPrefix?: string): string => kibanaObjects(indexPrefix).map((object) => `${JSON.stringify(object)}\n`).join('');
