/** Stitches the phrases of all audio chunks into one text, in the order of time. */
import type { Phrase } from '../../schemas/index.ts';

/** A silence this long starts a new paragraph. */
const PARAGRAPH_GAP_MS = 3_000;

/** `null` when nobody says anything. Chunk borders lie in quiet places, so no word comes twice and none is cut. */
export function stitchTranscript(phrases: readonly Phrase[]): string | null {
  let text = '';
  let endMs = 0;
  for (const phrase of phrases.toSorted((a, b) => a.startMs - b.startMs || a.endMs - b.endMs || (a.text < b.text ? -1 : 1))) {
    const words = phrase.text.trim();
    if (words === '') continue;
    if (text !== '') text += phrase.startMs - endMs >= PARAGRAPH_GAP_MS ? '\n' : ' ';
    text += words;
    endMs = Math.max(endMs, phrase.endMs);
  }
  return text === '' ? null : text;
}
