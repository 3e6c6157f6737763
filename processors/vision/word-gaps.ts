/**
 * Puts back the spaces that the recogniser swallows, most of all between capitals. In the picture of a line a space is
 * a run of columns without ink that is clearly wider than the runs between letters. Where the ground is not even there
 * are no such columns, and the text stays as it was read.
 */
import type { DecodedCharacter } from './ctc.ts';
import type { RgbImage } from './pixels.ts';

/** In heights of the line. */
const MIN_GAP = 0.17;
/** Against the usual distance of letters, which is large in widely set titles. */
const MIN_RATIO = 1.8;
/** A column whose contrast is below this part of the line's holds no ink. */
const INK = 0.25;
/** Rows at the upper and lower border that may show the neighbouring line or a frame. */
const BORDER = 0.12;
/** Near these none is missing: a space, scripts that set none, marks that stand off from their neighbours. */
const NO_SPACE = /[\s\u3000-\u30ff\u3400-\u9fff\uff00-\uffef'"\u2018-\u201d]/;
/** Where a word may begin: not before a closing mark, and not inside a number. */
const WORD_BORDER = /(?:[^([.,:]|[.,:](?!\d))[\p{L}\p{N}([&]$/u;

interface Gap {
  readonly centre: number;
  readonly width: number;
}

/** The characters as text, with a space in every wide gap that has none. `stepWidth`: pixels of the picture a step. */
export function spacedText(characters: readonly DecodedCharacter[], line: RgbImage, stepWidth: number): string {
  const gaps = inkGaps(line);
  const usual = median(gaps.map(({ width }) => width));
  const wide = gaps.filter(({ width }) => width >= line.height * MIN_GAP && width >= usual * MIN_RATIO);
  let text = '';
  characters.forEach((character, index) => {
    const previous = characters[index - 1];
    const near = characters.slice(Math.max(0, index - 2), index + 2).map((neighbour) => neighbour.text).join('');
    if (previous !== undefined && !NO_SPACE.test(near) && WORD_BORDER.test(previous.text + character.text)) {
      const [from, to] = [(previous.step + 0.5) * stepWidth, (character.step + 0.5) * stepWidth];
      if (wide.some(({ centre }) => centre > from && centre < to)) text += ' ';
    }
    text += character.text;
  });
  return text.trim();
}

/** Runs of columns without ink between the first and the last letter. */
function inkGaps(line: RgbImage): Gap[] {
  const gaps: Gap[] = [];
  let last: number | undefined;
  inkColumns(line).forEach((ink, x) => {
    if (!ink) return;
    if (last !== undefined && x - last > 1) gaps.push({ centre: (last + x) / 2, width: x - last - 1 });
    last = x;
  });
  return gaps;
}

/** A column holds ink if it is uneven, or even but far from the ground: the stem of a capital I fills its column. */
function inkColumns({ width, height, data }: RgbImage): boolean[] {
  const margin = Math.round(height * BORDER);
  const columns = Array.from({ length: width }, (_, x) => {
    const values = Array.from({ length: height - 2 * margin }, (__, y) => data[((y + margin) * width + x) * 3 + 1] ?? 0);
    return { range: Math.max(...values) - Math.min(...values), mean: values.reduce((sum, value) => sum + value, 0) / values.length };
  });
  const threshold = Math.max(...columns.map(({ range }) => range)) * INK;
  const ground = median(columns.filter(({ range }) => range < threshold).map(({ mean }) => mean));
  return columns.map(({ range, mean }) => range >= threshold || Math.abs(mean - ground) >= threshold);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
