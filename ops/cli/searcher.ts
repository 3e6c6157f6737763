/** Opens what a search needs: the index as it lies (an instance may write beside it), the models, the blobs. */
import path from 'node:path';
import { openFileBlobStore, openSearchIndex } from '../../connectors/embedded/index.ts';
import { openModelHost } from '../../processors/inference/index.ts';
import type { Paths } from '../paths.ts';
import { search, type SearchQuery, type SearchResponse } from '../search/index.ts';

export interface Searcher {
  search(query: SearchQuery): Promise<SearchResponse>;
  close(): Promise<void>;
}

/** @throws MillraceError MILL_INDEX_MISSING when nothing was processed yet */
export async function openSearcher(paths: Paths): Promise<Searcher> {
  const index = await openSearchIndex({ directory: paths.index, readOnly: true });
  const [models, blobs] = await Promise.all([
    openModelHost({ modelsDirectory: path.join(paths.cache, 'models'), workers: 1 }),
    openFileBlobStore({ directory: paths.blobs }),
  ]);
  return {
    search: (query) => search({ index, models, blobs }, query),
    async close() {
      await models.close();
      await index.close();
    },
  };
}
