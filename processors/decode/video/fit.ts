/** The size of a key frame: the display size, at most 1280 pixels on the long side, even. */
import type { Size } from './video-pass.ts';

export const MAX_FRAME_SIDE = 1280;

export function fitFrame({ width, height }: Size): Size {
  const scale = Math.min(1, MAX_FRAME_SIDE / Math.max(width, height, 1));
  const even = (side: number): number => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}
