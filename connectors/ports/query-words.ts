/**
 * The words of what a person typed: every run of letters and digits, once, in lower case. Nothing of theirs is syntax to
 * an index: operators, quotes, brackets, NUL and the like separate words.
 */

/** Each further word costs a walk of its list of places. */
const MAX_WORDS = 48;
const MAX_WORD_LENGTH = 80;
/** A query is a sentence or two; what is beyond is not read. */
const MAX_QUERY_LENGTH = 4_000;

export function queryWords(query: string): string[] {
  const words = query.slice(0, MAX_QUERY_LENGTH).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => Array.from(word).slice(0, MAX_WORD_LENGTH).join('').toLowerCase()))].slice(0, MAX_WORDS);
}
