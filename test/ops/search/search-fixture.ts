/** A real index with a search over it. */
import { openSearchIndex } from '../../../connectors/embedded/search/index.ts';
import type { AssetIndexDocument, MomentDocument, SearchIndex } from '../../../connectors/ports/index.ts';
import { search, type SearchDependencies, type SearchQuery, type SearchResponse } from '../../../ops/search/index.ts';
import { asset, moment } from '../../connectors/sample-documents.ts';
import { vectorOf, wordModel } from './word-model.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

export interface SearchFixture {
  readonly index: SearchIndex;
  readonly add: (...documents: readonly (MomentDocument | AssetIndexDocument)[]) => Promise<void>;
  /** @param index instead of the one that `add` fills */
  readonly find: (query: SearchQuery | string, models?: SearchDependencies['models'], index?: SearchIndex) => Promise<SearchResponse>;
  readonly close: () => Promise<void>;
}

interface Surroundings {
  /** Resolves when searches see all that was written. */
  readonly searchable: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export function fixtureOver(index: SearchIndex, { searchable, remove }: Surroundings): SearchFixture {
  return {
    index,
    add: async (...documents) => {
      const rejected = await index.write(documents.map((document) => ('id' in document ? { type: 'moment', document } : { type: 'asset', document })));
      if (rejected.length > 0) throw new Error(rejected.map(({ reason }) => reason).join('; '));
      await searchable();
    },
    find: (query, models = wordModel(), asked = index) =>
      search({ index: asked, models, blobs: { localPath: (key) => `/blobs/${key}`, link: async () => undefined } }, typeof query === 'string' ? { text: query } : query),
    close: async () => {
      await index.close();
      await remove();
    },
  };
}

/** The embedded one, in a fresh directory. */
export async function openFixture(): Promise<SearchFixture> {
  const directory = await temporaryFolder();
  return fixtureOver(await openSearchIndex({ directory }), { searchable: async () => undefined, remove: () => removeFolder(directory) });
}

export { asset };

export const frame = (id: string, shows: Readonly<Record<string, number>>, changes: Partial<MomentDocument> = {}): MomentDocument =>
  moment(id, { modality: 'frame', vector: vectorOf(shows), frameBlobKey: `f/${id}.jpg`, startMs: 0, endMs: 0, ...changes });

export const speech = (id: string, text: string, changes: Partial<MomentDocument> = {}): MomentDocument =>
  moment(id, { modality: 'speech', text, vector: vectorOf({ other: 1 }), ...changes });
