/** A table of documents: what Kibana calls a search, or a Discover session. */
import { dataViewId, type DataView } from './data-views.ts';
import { savedObject, searchSource, type SavedObject } from './saved-object.ts';

export interface DocumentsPanel {
  readonly id: string;
  readonly title: string;
  readonly view: DataView;
  readonly columns: readonly string[];
  readonly sort: readonly (readonly [string, 'asc' | 'desc'])[];
}

const INDEX = 'kibanaSavedObjectMeta.searchSourceJSON.index';

export const documents = ({ id, title, view, columns, sort }: DocumentsPanel): SavedObject =>
  savedObject('search', id, { title, description: '', columns, sort, grid: {}, hideChart: true, isTextBasedQuery: false, kibanaSavedObjectMeta: searchSource({ indexRefName: INDEX, highlightAll: true }) }, [
    { name: INDEX, type: 'index-pattern', id: dataViewId(view) },
  ]);
