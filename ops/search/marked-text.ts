/** Text with the index's highlight marks, as plain text with positions; and which words of the query were met. */
import type { Highlight } from './result.ts';

export interface MarkedText {
  readonly text: string;
  readonly highlights: readonly Highlight[];
}

export function parseMarked(marked: string): MarkedText {
  let text = '';
  const highlights: Highlight[] = [];
  for (const [index, piece] of marked.split('\u0002').entries()) {
    const [matched = '', rest] = index === 0 ? [undefined, piece] : splitAtEnd(piece);
    if (matched !== '') highlights.push([text.length, text.length + matched.length]);
    text += matched + rest;
  }
  return { text, highlights };
}

function splitAtEnd(piece: string): [matched: string, rest: string] {
  const end = piece.indexOf('\u0003');
  return end === -1 ? [piece, ''] : [piece.slice(0, end), piece.slice(end + 1)];
}

/** Words that nearly every English text has: they say nothing of what is looked for. */
const STOP_WORDS = new Set(
  ('a about all also an and any are as at be been but by can did do does for from had has have he her his how i if in into is it its me my no not of on or our ' +
    'she so some that the their them then there these they this to us was we were what when where which who why will with would you your').split(' '),
);

const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** The words of a query that carry its meaning; all of them where none does ("to be or not to be"). */
export function contentWords(query: string): string[] {
  const words = [...new Set(folded(query.slice(0, 4_000)).match(/[\p{L}\p{N}]+/gu) ?? [])];
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  return telling.length > 0 ? telling : words;
}

/** The share of the words that a hit met, 0 to 1. The index has stemmed: a mark belongs to the word it shares most letters with. */
export function coverage(words: readonly string[], { text, highlights }: MarkedText): number {
  const met = new Set<string>();
  for (const [start, end] of highlights) {
    for (const token of folded(text.slice(start, end)).match(/[\p{L}\p{N}]+/gu) ?? []) {
      const [best] = words.map((word) => ({ word, shared: sharedLetters(word, token) })).sort((a, b) => b.shared - a.shared);
      if (best !== undefined && best.shared >= Math.min(3, best.word.length)) met.add(best.word);
    }
  }
  return words.length === 0 ? 0 : met.size / words.length;
}

function sharedLetters(a: string, b: string): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared += 1;
  return shared;
}
