/**
 * How many neighbours the approximate search looks at. It walks a graph over vectors of 8 bits a dimension and gathers
 * `num_candidates`; of those, the best `k * OVERSAMPLE` are scored again with the float vectors as they were written.
 * So a score is exact to float, and what the 8 bits put in a wrong place comes right. The figures are measured
 * (docs/search.md, "Recall").
 *
 * A short search asks for as many candidates as a long one nearly for nothing; in an index of fewer moments all of them are
 * looked at, and the answer is exact.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { Clause } from './filter-clauses.ts';

const LEAST_CANDIDATES = 200;
const CANDIDATES_A_HIT = 8;
/** What Elasticsearch takes. */
const MOST_CANDIDATES = 10_000;
const OVERSAMPLE = 3;

export function knnOf(vector: Float32Array, k: number, filter: readonly Clause[]): estypes.KnnSearch {
  return {
    field: 'vector',
    query_vector: Array.from(vector),
    k,
    num_candidates: Math.min(MOST_CANDIDATES, Math.max(LEAST_CANDIDATES, k * CANDIDATES_A_HIT)),
    rescore_vector: { oversample: OVERSAMPLE },
    ...(filter.length === 0 ? {} : { filter: [...filter] }),
  };
}

/** Elasticsearch scores (1 + cosine) / 2, since its scores are never negative. */
export const cosineOf = (score: number): number => 2 * score - 1;
