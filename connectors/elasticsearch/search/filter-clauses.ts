/**
 * A SearchFilter as clauses that all must hold. They go into the `filter` of kNN itself, so that the k nearest are the k
 * nearest of what passes, and beside the words of a text search.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { SearchFilter } from '../../ports/index.ts';

export type Clause = NonNullable<estypes.QueryDslQueryContainer>;

/** `index.max_terms_count`, the most values that Elasticsearch takes in one clause. */
const TERMS_A_CLAUSE = 65_536;

/** The processed assets behind the exact duplicates that fit a part of the filter: they stand for them. */
export interface Holders {
  readonly ofLibrary: readonly string[];
  readonly ofAssets: readonly string[];
}

/** `undefined` where nothing can pass. Modalities choose the indexes that are asked, and are no clause. */
export function momentClauses(filter: SearchFilter, holders: Holders): Clause[] | undefined {
  const shared = assetClauses(filter, holders);
  if (shared === undefined || filter.modalities?.length === 0) return undefined;
  return [
    ...shared,
    // Two clauses: one range whose end lies before its start is an error, and not empty.
    ...(filter.fromMs === undefined ? [] : [{ range: { time: { gte: Math.floor(filter.fromMs), relation: 'intersects' as const } } }]),
    ...(filter.toMs === undefined ? [] : [{ range: { time: { lt: Math.ceil(filter.toMs), relation: 'intersects' as const } } }]),
  ];
}

/** What moments and assets have in common. */
export function assetClauses({ library, kinds, assetIds, tags }: SearchFilter, holders: Holders): Clause[] | undefined {
  if (kinds?.length === 0 || assetIds?.length === 0) return undefined;
  return [
    ...(library === undefined ? [] : [anyOf([{ term: { library } }, ...oneOf('assetId', holders.ofLibrary)])]),
    ...(kinds === undefined ? [] : [{ terms: { mediaKind: [...kinds] } }]),
    ...(assetIds === undefined ? [] : [anyOf(oneOf('assetId', [...assetIds, ...holders.ofAssets]))]),
    ...(tags ?? []).map((tag) => ({ term: { tags: tag } })),
  ];
}

/** Clauses of which one must hold for the field to have one of the values. */
export function oneOf(field: string, values: readonly string[]): Clause[] {
  const distinct = [...new Set(values)];
  const clauses: Clause[] = [];
  for (let first = 0; first < distinct.length; first += TERMS_A_CLAUSE) clauses.push({ terms: { [field]: distinct.slice(first, first + TERMS_A_CLAUSE) } });
  return clauses;
}

export const anyOf = (clauses: readonly Clause[]): Clause => {
  const [only] = clauses;
  return only !== undefined && clauses.length === 1 ? only : { bool: { should: [...clauses], minimum_should_match: 1 } };
};
