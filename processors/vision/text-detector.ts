/** Finds where text stands in a picture: scales it for the DB network and reads the network's map. */
import sharp from 'sharp';
import type { Tensor, TensorSession } from '../inference/index.ts';
import { floatOutput } from '../tensors.ts';
import { OCR_PARAMETERS } from './parameters.ts';
import { rgbOf } from './pixels.ts';
import type { RgbImage } from './pixels.ts';
import { textBoxes } from './text-map.ts';
import type { Box } from './text-map.ts';

/** The network halves its input five times. */
const STRIDE = 32;
/** Small letters of a small video are lost unless it is scaled up to this. */
const MIN_SHORT_SIDE = 320;
/** Of blue, green and red: the network was trained on pictures in that order. */
const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;

/** Boxes in pixels of the picture, as whole numbers inside it. */
export async function detectText(session: TensorSession, picture: RgbImage): Promise<Box[]> {
  const { width, height } = detectorSize(picture.width, picture.height);
  const scaled = await rgbOf(sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } }).resize(width, height, { fit: 'fill' }));
  const outputs = await session.run({ x: normalized(scaled) });
  const map = floatOutput(outputs, session.outputNames[0] ?? '').data;
  const [scaleX, scaleY] = [picture.width / width, picture.height / height];
  return textBoxes(map, width, height).map(({ left, top, right, bottom }) => ({
    left: Math.floor(left * scaleX),
    top: Math.floor(top * scaleY),
    right: Math.min(picture.width, Math.ceil(right * scaleX)),
    bottom: Math.min(picture.height, Math.ceil(bottom * scaleY)),
  }));
}

function detectorSize(width: number, height: number): { width: number; height: number } {
  const shrink = Math.min(1, OCR_PARAMETERS.maxSide / Math.max(width, height));
  const short = Math.min(width, height) * shrink;
  // A thin banner keeps its long side within the limit, whatever its short side.
  const grow = Math.min(Math.max(1, MIN_SHORT_SIDE / short), Math.max(1, OCR_PARAMETERS.maxSide / (Math.max(width, height) * shrink)));
  const fitted = (side: number): number => Math.max(STRIDE, Math.round((side * shrink * grow) / STRIDE) * STRIDE);
  return { width: fitted(width), height: fitted(height) };
}

function normalized({ width, height, data }: RgbImage): Tensor {
  const plane = width * height;
  const values = new Float32Array(3 * plane);
  for (const channel of [0, 1, 2] as const) {
    const scale = 1 / (255 * DEVIATION[channel]);
    const shift = MEAN[channel] / DEVIATION[channel];
    for (let pixel = 0; pixel < plane; pixel += 1) values[channel * plane + pixel] = (data[pixel * 3 + 2 - channel] ?? 0) * scale - shift;
  }
  return { type: 'float32', dims: [1, 3, height, width], data: values };
}
