/**
 * Cuts a document into passages that a text encoder can read whole: about 600 to 900 characters, which is 100 to 180
 * word pieces of prose. One pass with a bounded look-ahead, so a hostile file of one endless line costs no more than
 * any other. Borders, best first: a blank line, the end of a sentence, a line break, white space, and where there is
 * none of these, the next whole code point.
 */

export interface Passage {
  /** UTF-16 offset in the document. */
  readonly charStart: number;
  readonly text: string;
}

export interface PassageOptions {
  /** Budget of a passage in characters; an ideograph counts for four, as it is a token of its own. @default 900 */
  readonly maxChars?: number;
  /** The rest of the document is left out. @default 2000 */
  readonly maxPassages?: number;
}

const IDEOGRAPH_COST = 4;
/** Ideographs, kana and Hangul, which the word-piece vocabulary reads sign by sign. */
const IDEOGRAPH = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]/;
const BLANK_LINE = /\r?\n[^\S\n]*\r?\n\s*/g;
/** Closing marks and quotes after the stop; no split after a lone initial or a common title, nor before a small letter. */
const SENTENCE_END = /(?:(?<![\s.]\p{Lu}|\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|No|Fig|e\.g|i\.e))\.|[!?\u2026])["'\u2019\u201d)\]]*\s+(?!\p{Ll})|[\u3002\uff01\uff1f][\u300d\u300f\u201d]*/gu;
const LINE_BREAK = /\n\s*/g;
const WHITE_SPACE = /\s+/g;

/** Passages in order, without white space around them; an empty document has none. */
export function splitPassages(text: string, options: PassageOptions = {}): Passage[] {
  const { maxChars = 900, maxPassages = 2_000 } = options;
  const passages: Passage[] = [];
  let start = 0;
  while (start < text.length && passages.length < maxPassages) {
    const end = start + passageLength(text, start, maxChars);
    const raw = text.slice(start, end);
    const trimmed = raw.trim();
    if (trimmed !== '') passages.push({ charStart: start + raw.indexOf(trimmed), text: trimmed });
    start = end;
  }
  return passages;
}

function passageLength(text: string, start: number, maxChars: number): number {
  const limit = limitFrom(text, start, maxChars);
  if (start + limit >= text.length) return limit;
  const window = text.slice(start, start + limit);
  // A short remainder is shared out over two passages of like length, so that no passage is a few stray words.
  const remaining = text.length - start;
  const target = remaining < limit * 1.6 ? remaining * 0.6 : limit;
  return lastBorder(window, BLANK_LINE, limit / 3, limit)
    ?? lastBorder(window, SENTENCE_END, limit / 3, target)
    ?? lastBorder(window, LINE_BREAK, limit / 3, target)
    ?? lastBorder(window, WHITE_SPACE, 1, limit)
    ?? limit;
}

/** How many UTF-16 units from `start` fit the budget, never ending inside a surrogate pair. */
function limitFrom(text: string, start: number, maxChars: number): number {
  let cost = 0;
  let at = start;
  while (at < text.length) {
    const unit = text.charAt(at);
    cost += IDEOGRAPH.test(unit) ? IDEOGRAPH_COST : 1;
    if (cost > maxChars && at > start) break;
    at += 1;
  }
  return at < text.length && at - start > 1 && isLowSurrogate(text.charCodeAt(at)) ? at - 1 - start : at - start;
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** End of the last match that lies in [least, most] of the window. */
function lastBorder(window: string, pattern: RegExp, least: number, most: number): number | undefined {
  let border: number | undefined;
  for (const match of window.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (end > most) break;
    if (end >= least) border = end;
  }
  return border;
}
