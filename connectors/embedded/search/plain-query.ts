/**
 * What a person typed, as an FTS5 expression in which nothing of theirs is syntax: every run of letters and digits
 * becomes a quoted string, and the strings are alternatives. Operators, quotes, brackets, NUL and the like separate words.
 */

/** Each further word costs a walk of its list of places. */
const MAX_WORDS = 48;
const MAX_WORD_LENGTH = 80;
/** A query is a sentence or two; what is beyond is not read. */
const MAX_QUERY_LENGTH = 4_000;

function wordsOf(query: string): string[] {
  const words = query.slice(0, MAX_QUERY_LENGTH).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => Array.from(word).slice(0, MAX_WORD_LENGTH).join('').toLowerCase()))].slice(0, MAX_WORDS);
}

/** `undefined` where the query has no word. */
export function matchExpression(query: string): string | undefined {
  const words = wordsOf(query);
  return words.length === 0 ? undefined : words.map((word) => `"${word}"`).join(' OR ');
}
