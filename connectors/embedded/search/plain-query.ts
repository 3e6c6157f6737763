/** The words of a query as an FTS5 expression: each a quoted string, and the strings are alternatives. */
import { queryWords } from '../../ports/index.ts';

/** `undefined` where the query has no word. */
export function matchExpression(query: string): string | undefined {
  const words = queryWords(query);
  return words.length === 0 ? undefined : words.map((word) => `"${word}"`).join(' OR ');
}
