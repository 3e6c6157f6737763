/**
 * An asset stands for its exact duplicates: moments lie with the asset that was processed, its holder. A filter that
 * names duplicates, by their library or by their ids, must let the moments of their holders through. Elasticsearch joins
 * no indexes, so the holders are asked for first.
 */
import { MillraceError, type SearchFilter } from '../../ports/index.ts';
import { anyOf, oneOf, type Clause, type Holders } from './filter-clauses.ts';
import type { Requests } from './requests.ts';

/** A request with their ids stays well under the 100 MB that a server takes. */
const MAX_HOLDERS = 262_144;
const HOLDERS_A_PAGE = 10_000;

export async function holdersOf(requests: Requests, index: string, { library, assetIds }: SearchFilter): Promise<Holders> {
  const [ofLibrary, ofAssets] = await Promise.all([
    library === undefined ? [] : holdersWhere(requests, index, { term: { library } }),
    assetIds === undefined || assetIds.length === 0 ? [] : holdersWhere(requests, index, anyOf(oneOf('assetId', assetIds))),
  ]);
  return { ofLibrary, ofAssets };
}

async function holdersWhere(requests: Requests, index: string, query: Clause): Promise<string[]> {
  const found: string[] = [];
  let after: Record<string, string> | undefined;
  do {
    const { aggregations } = await requests.search({
      index, size: 0, query,
      aggs: { holders: { composite: { size: HOLDERS_A_PAGE, sources: [{ duplicateOf: { terms: { field: 'duplicateOf' } } }], ...(after === undefined ? {} : { after }) } } },
    });
    const page = aggregations?.['holders'] as HoldersPage | undefined;
    for (const { key } of page?.buckets ?? []) found.push(key.duplicateOf);
    if (found.length > MAX_HOLDERS) {
      throw new MillraceError('MILL_CONFIG_INVALID', `the filter names duplicates of more than ${MAX_HOLDERS} assets: narrow it`);
    }
    after = page?.after_key;
  } while (after !== undefined);
  return found;
}

interface HoldersPage {
  readonly buckets: readonly { readonly key: { readonly duplicateOf: string } }[];
  readonly after_key?: Record<string, string>;
}
