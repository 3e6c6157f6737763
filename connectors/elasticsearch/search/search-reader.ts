/**
 * The reading half of the SearchIndex port. Searches go to the aliases, so that what a replay writes beside them is not
 * found before it is promoted; vectors go to those of the indexes behind them that hold vectors of as many dimensions.
 */
import type { AssetHit, AssetIndexDocument, MomentDocument, MomentHit, SearchFilter, SearchIndex } from '../../ports/index.ts';
import { MillraceError } from '../../ports/index.ts';
import type { ElasticsearchClient } from '../client.ts';
import { assetOf, momentOf, type StoredAsset, type StoredMoment } from '../documents.ts';
import { MODALITIES, type IndexNames } from '../names.ts';
import { AssetQueries } from './asset-queries.ts';
import { assetClauses, momentClauses } from './filter-clauses.ts';
import { holdersOf } from './holders.ts';
import { cosineOf, knnOf } from './knn.ts';
import { momentsOf, nearestFrame } from './moment-queries.ts';
import { Requests } from './requests.ts';
import { highlightOf, wordsQuery } from './words-query.ts';

/** What SearchIndex asks, and not what it writes. */
export type SearchReads = Omit<SearchIndex, 'maxConcurrentWrites' | 'write' | 'close'>;

/** `index.max_result_window`. */
const MAX_HITS = 10_000;
const STATES = 10;

const limitOf = (k: number): number => {
  if (!Number.isSafeInteger(k) || k < 1 || k > MAX_HITS) throw new MillraceError('MILL_CONFIG_INVALID', `the number of results must be 1 to ${MAX_HITS}, not ${k}`);
  return k;
};

export class SearchReader implements SearchReads {
  readonly #requests: Requests;
  readonly #names: IndexNames;
  readonly #address: string;
  readonly #assets: AssetQueries;

  constructor(client: ElasticsearchClient, names: IndexNames) {
    this.#requests = new Requests(client);
    this.#names = names;
    this.#address = client.address;
    this.#assets = new AssetQueries(this.#requests, names.plain('assets'));
  }

  /** For a process that only searches: it says so where there is nothing to search. @throws MillraceError MILL_INDEX_MISSING */
  async assertIndexed(): Promise<void> {
    if (await this.#requests.anyExists([this.#names.plain('assets'), ...this.#names.aliases])) return;
    throw new MillraceError('MILL_INDEX_MISSING', `there is no search index ${this.#names.prefix}-* at ${this.#address}`, {
      hint: 'Nothing is indexed there yet: check the address and the prefix of the indexes, that Millrace runs, and that media were sent to it.',
    });
  }

  async searchVector(vector: Float32Array, k: number, filter: SearchFilter): Promise<MomentHit[]> {
    const size = limitOf(k);
    const clauses = await this.momentClauses(filter);
    if (clauses === undefined) return [];
    const dimensions = await this.#requests.dimensions(this.aliasesOf(filter));
    const index = [...dimensions].filter(([, count]) => count === vector.length).map(([name]) => name);
    if (index.length === 0) return [];
    const { hits } = await this.#requests.search<StoredMoment>({ index, size, _source: { excludes: ['vector'] }, knn: knnOf(vector, size, clauses) });
    const found = hits.map(({ source, score }) => ({ moment: momentOf(source), score: cosineOf(score), highlight: null }));
    return found.sort((a, b) => b.score - a.score || (a.moment.id < b.moment.id ? -1 : 1));
  }

  async searchText(query: string, k: number, filter: SearchFilter): Promise<MomentHit[]> {
    const size = limitOf(k);
    const clauses = await this.momentClauses(filter);
    const words = clauses === undefined ? undefined : wordsQuery(query, ['text', 'tagText'], clauses);
    if (words === undefined) return [];
    const { hits } = await this.#requests.search<StoredMoment>({
      ...words, index: this.aliasesOf(filter), size, sort: ['_score', { id: 'asc' }], _source: { excludes: ['vector'] },
      // Words are rare or common in all that is searched, and not in each shard by itself.
      search_type: 'dfs_query_then_fetch',
    });
    return hits.map((hit) => ({ moment: momentOf(hit.source), score: hit.score, highlight: highlightOf(hit) }));
  }

  async searchAssets(query: string, k: number, filter: SearchFilter): Promise<AssetHit[]> {
    const size = limitOf(k);
    const index = this.#names.plain('assets');
    const clauses = assetClauses(filter, await holdersOf(this.#requests, index, filter));
    const words = clauses === undefined ? undefined : wordsQuery(query, ['text'], clauses);
    if (words === undefined) return [];
    const { hits } = await this.#requests.search<StoredAsset>({ ...words, index, size, sort: ['_score', { assetId: 'asc' }], search_type: 'dfs_query_then_fetch' });
    return hits.map((hit) => ({ asset: assetOf(hit.source), score: hit.score, highlight: highlightOf(hit) }));
  }

  async assets(assetIds: readonly string[]): Promise<AssetIndexDocument[]> {
    return this.#assets.where('assetId', assetIds);
  }

  async duplicatesOf(assetIds: readonly string[]): Promise<AssetIndexDocument[]> {
    return this.#assets.where('duplicateOf', assetIds);
  }

  async listAssets({ library, after, limit }: { readonly library?: string; readonly after?: string; readonly limit: number }): Promise<AssetIndexDocument[]> {
    return this.#assets.page(library === undefined ? [] : [{ term: { library } }], limitOf(limit), after);
  }

  async moments(assetId: string): Promise<MomentDocument[]> {
    return momentsOf(this.#requests, this.#names, assetId);
  }

  async nearestFrame(assetId: string, timeMs: number): Promise<string | null> {
    return nearestFrame(this.#requests, this.#names, assetId, timeMs);
  }

  /** One request, so that the figures are of one time: assets have a state, and moments a modality. */
  async counts(): Promise<{ readonly assets: number; readonly moments: number; readonly byState: Readonly<Record<string, number>> }> {
    const { aggregations } = await this.#requests.search({
      index: [this.#names.plain('assets'), ...this.#names.aliases], size: 0,
      aggs: { states: { terms: { field: 'state', size: STATES } }, moments: { filter: { exists: { field: 'modality' } } } },
    });
    const { states, moments } = (aggregations ?? {}) as Partial<Counts>;
    const byState = Object.fromEntries((states?.buckets ?? []).map(({ key, doc_count: count }) => [key, count]));
    return { assets: Object.values(byState).reduce((sum, count) => sum + count, 0), moments: moments?.doc_count ?? 0, byState };
  }

  private async momentClauses(filter: SearchFilter): Promise<ReturnType<typeof momentClauses>> {
    return momentClauses(filter, await holdersOf(this.#requests, this.#names.plain('assets'), filter));
  }

  private aliasesOf({ modalities = MODALITIES }: SearchFilter): string[] {
    return modalities.map((modality) => this.#names.alias(modality));
  }
}

interface Counts {
  readonly states: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] };
  readonly moments: { readonly doc_count: number };
}
