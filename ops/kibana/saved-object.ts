/**
 * Kibana saved objects, in the form that its import takes: one JSON a line. An object says by `typeMigrationVersion` which
 * form it has, and Kibana migrates it on import: the forms here are those of 8.9, the oldest that has all we use, so that
 * later versions take them too.
 */

export interface Reference {
  readonly name: string;
  readonly type: SavedObjectType;
  readonly id: string;
}

export type SavedObjectType = 'index-pattern' | 'search' | 'lens' | 'dashboard';

export interface SavedObject {
  readonly id: string;
  readonly type: SavedObjectType;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
  readonly coreMigrationVersion: string;
  readonly typeMigrationVersion: string;
}

const TYPE_VERSIONS: Readonly<Record<SavedObjectType, string>> = { 'index-pattern': '8.0.0', 'search': '8.0.0', 'lens': '8.9.0', 'dashboard': '8.9.0' };

export function savedObject(type: SavedObjectType, id: string, attributes: Readonly<Record<string, unknown>>, references: readonly Reference[] = []): SavedObject {
  return { id, type, attributes, references, coreMigrationVersion: '8.8.0', typeMigrationVersion: TYPE_VERSIONS[type] };
}

/** A query of Kibana's language as saved objects hold it. */
export const kuery = (query: string): { readonly query: string; readonly language: 'kuery' } => ({ query, language: 'kuery' });

/** What is searched, next to what is shown. */
export const searchSource = (source: Readonly<Record<string, unknown>> = {}): { readonly searchSourceJSON: string } => ({
  searchSourceJSON: JSON.stringify({ query: kuery(''), filter: [], ...source }),
});
