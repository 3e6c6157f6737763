/** Elasticsearch: the search index and the event index of the cluster profile. */
export { openElasticsearchIndex, type ElasticsearchIndex, type OpenElasticsearchOptions } from './open.ts';
export { VECTOR_INDEXES, type ElasticsearchOptions, type VectorIndexType } from './options.ts';
export { IndexNames, MODALITIES, PLAIN_INDEXES, type PlainIndex } from './names.ts';
