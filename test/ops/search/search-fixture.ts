/** A real index in a fresh directory with a search over it. */
import { openSearchIndex } from '../../../connectors/embedded/search/index.ts';
import type { AssetIndexDocument, MomentDocument, SearchIndex } from '../../../connectors/ports/index.ts';
import { search, type SearchDependencies, type SearchQuery, type SearchResponse } from '../../../ops/search/index.ts';
import { asset, moment } from '../../connectors/sample-documents.ts';
import { vectorOf, wordModel } from './word-model.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

export interface SearchFixture {
  readonly index: SearchIndex;
  readonly add: (...documents: readonly (MomentDocument | AssetIndexDocument)[]) => Promise<void>;
  readonly find: (query: SearchQuery | string, models?: SearchDependencies['models']) => Promise<SearchResponse>;
  readonly close: () => Promise<void>;
}

export async function openFixture(): Promise<SearchFixture> {
  const directory = await temporaryFolder();
  const index = await openSearchIndex({ directory });
  return {
    index,
    add: async (...documents) => {
      const rejected = await index.write(documents.map((document) => ('id' in document ? { type: 'moment', document } : { type: 'asset', document })));
      if (rejected.length > 0) throw new Error(rejected.map(({ reason }) => reason).join('; '));
    },
    find: (query, models = wordModel()) => search({ index, models, blobs: { localPath: (key) => `/blobs/${key}`, link: async () => undefined } }, typeof query === 'string' ? { text: query } : query),
    close: async () => {
      await index.close();
      await removeFolder(directory);
    },
  };
}

export { asset };

export const frame = (id: string, shows: Readonly<Record<string, number>>, changes: Partial<MomentDocument> = {}): MomentDocument =>
  moment(id, { modality: 'frame', vector: vectorOf(shows), frameBlobKey: `f/${id}.jpg`, startMs: 0, endMs: 0, ...changes });

export const speech = (id: string, text: string, changes: Partial<MomentDocument> = {}): MomentDocument =>
  moment(id, { modality: 'speech', text, vector: vectorOf({ other: 1 }), ...changes });
