/** Opens the search index and the event index of one Elasticsearch. */
import { MillraceError } from '../ports/index.ts';
import type { EventIndex, SearchIndex } from '../ports/index.ts';
import { ElasticsearchClient } from './client.ts';
import { compileElasticsearchOptions } from './options.ts';
import type { ElasticsearchOptions } from './options.ts';

export interface OpenElasticsearchOptions extends ElasticsearchOptions {
  /** For a process that only searches: it puts no templates, makes no indexes and writes nothing. @default false */
  readonly readOnly?: boolean;
}

export type ElasticsearchIndex = SearchIndex & EventIndex;

/** @throws MillraceError MILL_CONFIG_INVALID, MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED */
export async function openElasticsearchIndex({ readOnly: _readOnly = false, ...options }: OpenElasticsearchOptions): Promise<ElasticsearchIndex> {
  const client = new ElasticsearchClient(compileElasticsearchOptions(options));
  await client.serverVersion();
  await client.close();
  throw new MillraceError('MILL_INDEX_UNAVAILABLE', 'the index on Elasticsearch is not built yet');
}
