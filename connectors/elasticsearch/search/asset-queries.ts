/** Assets by their ids, in pages: a page begins behind the last id of the one before, so no page is ever deep. */
import type { AssetIndexDocument } from '../../ports/index.ts';
import { assetOf, type StoredAsset } from '../documents.ts';
import { oneOf, type Clause } from './filter-clauses.ts';
import type { Requests } from './requests.ts';

const ASSETS_A_PAGE = 1_000;

export class AssetQueries {
  readonly #requests: Requests;
  readonly #index: string;

  constructor(requests: Requests, index: string) {
    this.#requests = requests;
    this.#index = index;
  }

  /** Those whose `field` has one of the values, by id. */
  async where(field: 'assetId' | 'duplicateOf', values: readonly string[]): Promise<AssetIndexDocument[]> {
    const found: AssetIndexDocument[] = [];
    for (const clause of oneOf(field, values)) found.push(...(await this.all(clause)));
    return found;
  }

  /** By id, those above `after`, `limit` at most. */
  async page(filter: readonly Clause[], limit: number, after?: string): Promise<AssetIndexDocument[]> {
    const { hits } = await this.#requests.search<StoredAsset>({
      index: this.#index, size: limit, query: { bool: { filter: [...filter] } }, sort: [{ assetId: 'asc' }], ...(after === undefined ? {} : { search_after: [after] }),
    });
    return hits.map(({ source }) => assetOf(source));
  }

  private async all(clause: Clause): Promise<AssetIndexDocument[]> {
    const found: AssetIndexDocument[] = [];
    for (;;) {
      const page = await this.page([clause], ASSETS_A_PAGE, found.at(-1)?.assetId);
      found.push(...page);
      if (page.length < ASSETS_A_PAGE) return found;
    }
  }
}
