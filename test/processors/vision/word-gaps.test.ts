import { expect } from 'chai';
import type { RgbImage } from '../../../processors/vision/pixels.ts';
import { spacedText } from '../../../processors/vision/word-gaps.ts';

const HEIGHT = 48;
const STEP = 8;
const LETTER = 16;

/** Black letters as hatched blocks on white, a gap after each; and the characters as a recogniser reads them. */
function drawn(letters: readonly (readonly [text: string, gap: number])[], ground = (_x: number, _y: number): number => 255) {
  const width = letters.reduce((sum, [, gap]) => sum + LETTER + gap, 0);
  const data = Uint8Array.from({ length: width * HEIGHT * 3 }, (_, byte) => ground(Math.floor(byte / 3) % width, Math.floor(byte / 3 / width)));
  const characters: { text: string; confidence: number; step: number }[] = [];
  let left = 0;
  for (const [text, gap] of letters) {
    for (let y = 8; y < 40; y += 2) data.fill(0, (y * width + left) * 3, (y * width + left + LETTER) * 3);
    characters.push({ text, confidence: 1, step: Math.floor((left + LETTER / 2) / STEP) });
    left += LETTER + gap;
  }
  return { characters, line: { width, height: HEIGHT, data } satisfies RgbImage };
}

const read = (letters: readonly (readonly [string, number])[], ground?: (x: number, y: number) => number): string => {
  const { characters, line } = drawn(letters, ground);
  return spacedText(characters, line, STEP);
};

describe('spaces that the recogniser swallowed', () => {
  it('come back where the gap is wide', () => {
    expect(read([['N', 3], ['O', 14], ['W', 3], ['A', 3], ['Y', 0]])).to.equal('NO WAY');
  });

  it('are not put between the letters of a widely set word', () => {
    expect(read([['W', 14], ['I', 14], ['D', 14], ['E', 0]])).to.equal('WIDE');
    expect(read([['W', 14], ['I', 14], ['D', 14], ['E', 36], ['S', 14], ['E', 14], ['T', 0]])).to.equal('WIDE SET');
  });

  it('are not put into numbers, before closing marks or between ideographs', () => {
    expect(read([['3', 3], ['.', 14], ['5', 14], [')', 3], ['x', 0]])).to.equal('3.5)x');
    expect(read([['水', 3], ['車', 14], ['川', 3], ['橋', 0]])).to.equal('水車川橋');
  });

  it('are not put in twice', () => {
    const { characters, line } = drawn([['N', 3], ['O', 14], ['W', 3], ['A', 0]]);
    characters.splice(2, 0, { text: ' ', confidence: 1, step: 5 });
    expect(spacedText(characters, line, STEP)).to.equal('NO WA');
  });

  it('are left alone on an uneven ground', () => {
    expect(read([['N', 3], ['O', 14], ['W', 3], ['A', 0]], (x, y) => ((x * 31 + y * 17) % 7) * 36)).to.equal('NOWA');
  });
});
