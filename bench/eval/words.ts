/**
 * How words are compared: the one place that says which differences in writing are none. Case, punctuation, hyphens,
 * accents of typography, digits against number words and a few titles do not count; every other letter does.
 */

const ONES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const TITLES: Readonly<Record<string, string>> = { mr: 'mister', mrs: 'missus', dr: 'doctor', st: 'saint' };

/** A whole number below a million in English words. */
export function numberWords(value: number): string[] {
  if (value < 20) return [ONES[value] ?? ''];
  if (value < 100) return [TENS[Math.floor(value / 10)] ?? '', ...(value % 10 === 0 ? [] : numberWords(value % 10))];
  const [unit, name] = value < 1000 ? [100, 'hundred'] : [1000, 'thousand'];
  return [...numberWords(Math.floor(value / unit)), name, ...(value % unit === 0 ? [] : numberWords(value % unit))];
}

export function wordsOf(text: string): string[] {
  const spoken = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/(\d),(?=\d{3})/g, '$1')
    .replaceAll(/[^\p{L}\p{N}']+/gu, ' ');
  return spoken.split(' ').map((word) => word.replaceAll(/^'+|'+$/g, '')).filter((word) => word !== '').flatMap((word) => {
    if (/^\d{1,6}$/.test(word)) return numberWords(Number(word));
    return [TITLES[word] ?? word];
  });
}

/** Text as a reader compares it letter by letter: one space between words, and nothing else changed. */
export const lettersOf = (text: string): string[] => Array.from(text.normalize('NFKC').replaceAll(/\s+/g, ' ').trim());
