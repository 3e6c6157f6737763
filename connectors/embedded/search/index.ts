/** The embedded search index: SQLite in the process. */
export { INDEX_FILE, openSearchIndex, type SearchIndexOptions } from './open-search-index.ts';
export { SCHEMA_VERSION } from './schema.ts';
export type { SqliteSearchIndex } from './sqlite-search-index.ts';
