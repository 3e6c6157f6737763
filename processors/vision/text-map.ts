/**
 * From the text map of a DB detector to boxes. The map marks a shrunken kernel of each line of text; every connected
 * group of marked pixels becomes one upright box, grown back by the usual rule: area x factor / perimeter.
 */
import { OCR_PARAMETERS } from './parameters.ts';

/** Right and bottom are exclusive. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Fewer marked pixels, or a thinner box, are noise and no letter. */
const MIN_PIXELS = 10;
const MIN_SIDE = 3;

interface Region extends Box {
  readonly pixels: number;
  readonly sum: number;
}

/** Boxes in pixels of the map, in the order of their uppermost pixel. */
export function textBoxes(map: Float32Array, width: number, height: number): Box[] {
  const { mapThreshold, minBoxScore } = OCR_PARAMETERS;
  const seen = new Uint8Array(map.length);
  const boxes: Box[] = [];
  for (let start = 0; start < map.length; start += 1) {
    if (seen[start] === 1 || (map[start] ?? 0) <= mapThreshold) continue;
    const region = flood(map, seen, start, width);
    const thin = Math.min(region.right - region.left, region.bottom - region.top) < MIN_SIDE;
    if (region.pixels >= MIN_PIXELS && !thin && region.sum / region.pixels >= minBoxScore) boxes.push(grown(region, width, height));
  }
  return boxes;
}

/** Marks and measures the group of pixels around `start`, with neighbours in four directions. */
function flood(map: Float32Array, seen: Uint8Array, start: number, width: number): Region {
  const stack = [start];
  seen[start] = 1;
  let [pixels, sum, left, right, top, bottom] = [0, 0, width, 0, Infinity, 0];
  const visit = (pixel: number): void => {
    if (seen[pixel] === 1 || (map[pixel] ?? 0) <= OCR_PARAMETERS.mapThreshold) return;
    seen[pixel] = 1;
    stack.push(pixel);
  };
  for (let pixel = stack.pop(); pixel !== undefined; pixel = stack.pop()) {
    const x = pixel % width;
    const y = Math.floor(pixel / width);
    pixels += 1;
    sum += map[pixel] ?? 0;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
    if (x > 0) visit(pixel - 1);
    if (x + 1 < width) visit(pixel + 1);
    if (y > 0) visit(pixel - width);
    if (pixel + width < map.length) visit(pixel + width);
  }
  return { pixels, sum, left, right, top, bottom };
}

function grown({ pixels, left, top, right, bottom }: Region, width: number, height: number): Box {
  const distance = (pixels * OCR_PARAMETERS.unclip) / (2 * (right - left + bottom - top));
  return {
    left: Math.max(0, left - distance),
    top: Math.max(0, top - distance),
    right: Math.min(width, right + distance),
    bottom: Math.min(height, bottom + distance),
  };
}
