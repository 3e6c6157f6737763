/** An index under a prefix of its own for one test, with what is stored in it. */
import { openElasticsearchIndex, type ElasticsearchIndex, type OpenElasticsearchOptions } from '../../../connectors/elasticsearch/index.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { AssetIndexDocument, IndexOperation, MomentDocument } from '../../../connectors/ports/index.ts';
import { testIndexes, type TestIndexes } from '../../support/elasticsearch-indexes.ts';

export interface WrittenIndex {
  readonly url: string;
  readonly prefix: string;
  readonly index: ElasticsearchIndex;
  readonly ask: TestIndexes['ask'];
  readonly refresh: TestIndexes['refresh'];
  readonly clear: TestIndexes['clear'];
  /** Ids of the moments, sorted, after a refresh. */
  readonly momentIds: () => Promise<string[]>;
}

type Options = Partial<OpenElasticsearchOptions>;

/** @param options `url` for one that goes through a proxy */
export async function withIndex(options: Options | ((url: string) => Promise<Options>), use: (written: WrittenIndex) => Promise<void>): Promise<void> {
  const indexes = await testIndexes();
  try {
    const given = typeof options === 'function' ? await options(indexes.url) : options;
    const index = await openElasticsearchIndex({ url: indexes.url, indexPrefix: indexes.prefix, ...given });
    try {
      const momentIds = async (): Promise<string[]> => {
        await indexes.refresh();
        const answer = (await indexes.ask('GET', `${indexes.prefix}-*--*/_search?size=1000&_source=false&ignore_unavailable=true`)) as { readonly hits: { readonly hits: readonly { readonly _id: string }[] } };
        return answer.hits.hits.map((hit) => hit._id).sort();
      };
      await use({ ...indexes, index, momentIds });
    } finally {
      await index.close();
    }
  } finally {
    await indexes.remove();
  }
}

export const moments = (...documents: MomentDocument[]): IndexOperation[] => documents.map((document) => ({ type: 'moment', document }));
export const assets = (...documents: AssetIndexDocument[]): IndexOperation[] => documents.map((document) => ({ type: 'asset', document }));

/** The error that some work ends with. */
export async function errorOf(work: Promise<unknown>): Promise<MillraceError> {
  const error: unknown = await work.then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof MillraceError)) throw new Error('the work did not end with an error of Millrace', { cause: error });
  return error;
}
