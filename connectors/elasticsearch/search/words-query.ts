/**
 * The words of a query: each counts, none is required. `match` knows no syntax, and the words have none left. The whole
 * text comes back with the matched words between marks.
 */
import type { estypes } from '@elastic/elasticsearch';
import { queryWords } from '../../ports/index.ts';
import type { Clause } from './filter-clauses.ts';

export interface WordsQuery {
  readonly query: Clause;
  readonly highlight: estypes.SearchHighlight;
}

/** A document has one of the fields. `undefined` where the query has no word. */
export function wordsQuery(text: string, fields: readonly string[], filter: readonly Clause[]): WordsQuery | undefined {
  const words = queryWords(text).join(' ');
  if (words === '') return undefined;
  return {
    query: { bool: { must: [{ dis_max: { queries: fields.map((field) => ({ match: { [field]: { query: words } } })) } }], filter: [...filter] } },
    highlight: { type: 'unified', number_of_fragments: 0, pre_tags: ['\u0002'], post_tags: ['\u0003'], fields: Object.fromEntries(fields.map((field) => [field, {}])) },
  };
}

export const highlightOf = ({ highlight }: { readonly highlight?: Record<string, string[]> }): string | null => Object.values(highlight ?? {})[0]?.[0] ?? null;
