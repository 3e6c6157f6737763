/**
 * From recognised pieces to lines in reading order: pieces that stand side by side and close together are one line,
 * read from left to right; lines are read from top to bottom.
 */
import type { TextLine } from '../inference/index.ts';

/** Pieces of one line overlap by this part of the lower one's height. */
const MIN_OVERLAP = 0.5;
/** Letters of one line differ at most this much in height. */
const MAX_HEIGHT_RATIO = 2;
/** A wider gap, in heights of the line, separates columns. */
const MAX_GAP = 1.2;

const heightOf = ({ box: [, top, , bottom] }: TextLine): number => bottom - top;

export function joinLines(pieces: readonly TextLine[]): TextLine[] {
  const lines: TextLine[][] = [];
  for (const piece of [...pieces].sort((a, b) => a.box[0] - b.box[0])) {
    const line = lines.find((candidate) => continues(candidate.at(-1), piece));
    if (line === undefined) lines.push([piece]);
    else line.push(piece);
  }
  return lines.map(joined).sort((a, b) => a.box[1] + heightOf(a) / 2 - (b.box[1] + heightOf(b) / 2) || a.box[0] - b.box[0]);
}

function continues(last: TextLine | undefined, next: TextLine): boolean {
  if (last === undefined) return false;
  const height = Math.min(heightOf(last), heightOf(next));
  const overlap = Math.min(last.box[3], next.box[3]) - Math.max(last.box[1], next.box[1]);
  const gap = next.box[0] - last.box[2];
  const alike = Math.max(heightOf(last), heightOf(next)) <= height * MAX_HEIGHT_RATIO;
  return alike && overlap >= height * MIN_OVERLAP && gap <= height * MAX_GAP && gap > -height;
}

/** Confidence is the mean, weighted by length. */
function joined(pieces: readonly TextLine[]): TextLine {
  const letters = pieces.reduce((sum, { text }) => sum + text.length, 0);
  return {
    text: pieces.map(({ text }) => text).join(' '),
    confidence: pieces.reduce((sum, { text, confidence }) => sum + confidence * text.length, 0) / Math.max(1, letters),
    box: [
      Math.min(...pieces.map(({ box }) => box[0])), Math.min(...pieces.map(({ box }) => box[1])),
      Math.max(...pieces.map(({ box }) => box[2])), Math.max(...pieces.map(({ box }) => box[3])),
    ],
  };
}
