import { expect } from 'chai';
import { FRAME_BYTES, WINDOW_FRAMES, WINDOW_MARGIN, WINDOW_STEP, windowCount, windowFrames } from '../../../processors/vision/shot-windows.ts';

/** Frames whose pixels all hold their number. */
const numbered = (count: number): Uint8Array => Uint8Array.from({ length: count * FRAME_BYTES }, (_, byte) => Math.floor(byte / FRAME_BYTES));
const frameNumbers = (window: Uint8Array): number[] => Array.from({ length: WINDOW_FRAMES }, (_, slot) => window[slot * FRAME_BYTES]!);

describe('windows of a shot network', () => {
  it('count every frame once, in order', () => {
    for (const count of [1, 49, 50, 51, 100, 137]) {
      const frames = numbered(count);
      const counted = Array.from({ length: windowCount(count) }, (_, window) => frameNumbers(windowFrames(frames, count, window)).slice(WINDOW_MARGIN, WINDOW_MARGIN + WINDOW_STEP)).flat();
      expect(counted.slice(0, count)).to.deep.equal(Array.from({ length: count }, (_, frame) => frame));
    }
  });

  it('let the first and the last frame stand still beyond the ends', () => {
    const numbers = frameNumbers(windowFrames(numbered(60), 60, 1));
    expect(numbers.slice(0, 3)).to.deep.equal([25, 26, 27]);
    expect(numbers.slice(-65)).to.deep.equal(Array.from({ length: 65 }, () => 59));
    expect(frameNumbers(windowFrames(numbered(60), 60, 0)).slice(0, 27)).to.deep.equal([...Array.from({ length: 26 }, () => 0), 1]);
  });

  it('are none for no frames', () => {
    expect(windowCount(0)).to.equal(0);
  });
});
