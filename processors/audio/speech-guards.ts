/**
 * What a recogniser gives is not always what was said: on noise and music it makes up words or notes, and it can fall
 * into a loop. These rules drop the first and cut off the second.
 */
import { SPEECH_PARAMETERS } from './parameters.ts';

export interface Hypothesis {
  readonly text: string;
  /** Mean probability of its tokens. */
  readonly confidence: number;
}

/** What the models say when nobody speaks. */
const FILLERS = new Set(['you', 'thank you', 'thanks for watching', 'bye', 'uh', 'um', 'mm', 'hmm', 'oh']);
const WORD = /[\p{L}\p{N}][\p{L}\p{N}'\u2019]*/gu;
const LONGEST_LOOP = 12;

/** The text with loops cut off, or an empty text when it is not to be trusted. */
export function guardSpeech({ text, confidence }: Hypothesis): string {
  const words = [...text.matchAll(WORD)];
  const plain = words.map(([word]) => word.toLowerCase());
  if (words.length === 0 || confidence < SPEECH_PARAMETERS.minConfidence) return '';
  if (FILLERS.has(plain.join(' ')) && confidence < SPEECH_PARAMETERS.minFillerConfidence) return '';
  const cut = words[loopStart(plain) ?? words.length];
  return (cut === undefined ? text : text.slice(0, cut.index)).replace(/,{2,}/g, ',').trim();
}

/** Index of the first word that only repeats: people say one word four times, or a phrase twice, but hardly more. */
function loopStart(words: readonly string[]): number | undefined {
  for (let start = 0; start < words.length; start += 1) {
    for (let period = 1; period <= LONGEST_LOOP; period += 1) {
      const allowed = period === 1 ? 4 : period === 2 ? 3 : 2;
      const repeats = countRepeats(words, start, period);
      if (repeats > allowed) return start + period;
    }
  }
  return undefined;
}

function countRepeats(words: readonly string[], start: number, period: number): number {
  let length = period;
  while (start + length < words.length && words[start + length] === words[start + length - period]) length += 1;
  return Math.floor(length / period);
}
