/** Reading of the search index on Elasticsearch. */
export { SearchReader, type SearchReads } from './search-reader.ts';
