import { expect } from 'chai';
import type { TextLine } from '../../../processors/inference/index.ts';
import { joinLines } from '../../../processors/vision/text-lines.ts';

const piece = (text: string, left: number, top: number, right: number, bottom: number, confidence = 0.9): TextLine => ({ text, confidence, box: [left, top, right, bottom] });
const textsOf = (...pieces: TextLine[]): string[] => joinLines(pieces).map(({ text }) => text);

describe('lines in reading order', () => {
  it('join pieces that stand side by side', () => {
    expect(joinLines([piece('Mill', 120, 11, 200, 42), piece('River', 10, 10, 100, 40, 0.8)])).to.deep.equal([
      { text: 'River Mill', confidence: (0.8 * 5 + 0.9 * 4) / 9, box: [10, 10, 200, 42] },
    ]);
  });

  it('are read from top to bottom, and columns from left to right', () => {
    expect(textsOf(piece('second', 10, 60, 100, 90), piece('first', 10, 10, 100, 40), piece('first, right', 400, 10, 500, 40))).to.deep.equal(['first', 'first, right', 'second']);
  });

  it('keep a large title apart from the small print beside it', () => {
    expect(textsOf(piece('TITLE', 10, 10, 200, 80), piece('note', 205, 70, 260, 90))).to.deep.equal(['TITLE', 'note']);
  });

  it('allow for a slight slope', () => {
    expect(textsOf(piece('a', 10, 10, 50, 30), piece('slope', 55, 17, 120, 37), piece('down', 125, 24, 200, 44))).to.deep.equal(['a slope down']);
  });
});
