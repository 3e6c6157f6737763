/** Search: one query over vectors, words, labels and metadata, fused; its result contract; and how a terminal shows it. */
export { compileFilter, parseTime, readQueryImage, type FilterOptions } from './query-options.ts';
export { clock, renderResponse, renderResult, timeRange, type RenderOptions } from './render.ts';
export type * from './result.ts';
export { search, type SearchDependencies, type SearchQuery } from './search.ts';
