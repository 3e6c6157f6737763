/** Opens what a search needs: the index as it lies (an instance may write beside it), the models, the blobs. */
import path from 'node:path';
import { openModelHost } from '../../processors/inference/index.ts';
import type { Config } from '../config/index.ts';
import type { Paths } from '../paths.ts';
import { openBlobs, openIndex } from '../profile/index.ts';
import { search, type SearchQuery, type SearchResponse } from '../search/index.ts';

export interface Searcher {
  search(query: SearchQuery): Promise<SearchResponse>;
  close(): Promise<void>;
}

/** @throws MillraceError MILL_INDEX_MISSING when nothing was processed yet, MILL_INDEX_UNAVAILABLE */
export async function openSearcher(config: Config, paths: Paths): Promise<Searcher> {
  const { searchIndex: index } = await openIndex(config, paths, { readOnly: true });
  const [models, blobs] = await Promise.all([
    openModelHost({ modelsDirectory: path.join(paths.cache, 'models'), workers: 1 }),
    openBlobs(config, paths),
  ]);
  return {
    search: (query) => search({ index, models, blobs }, query),
    async close() {
      await models.close();
      await index.close();
    },
  };
}
