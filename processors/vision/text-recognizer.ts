/** Reads cut-out lines of text with a CTC network, lines of like width together. */
import sharp from 'sharp';
import { groupByLength } from '../batching.ts';
import type { Tensor, TensorSession } from '../inference/index.ts';
import { floatOutput } from '../tensors.ts';
import { decodeCtc } from './ctc.ts';
import { rgbOf } from './pixels.ts';
import type { RgbImage } from './pixels.ts';
import type { Box } from './text-map.ts';
import { spacedText } from './word-gaps.ts';

const LINE_HEIGHT = 48;
const MIN_WIDTH = 16;
const MAX_WIDTH = 1600;
/** Pixels of width that one step of the network covers. */
const STEP_WIDTH = 8;
const GROUPING = { maxGroup: 8, slack: 48 };

/** A line to read: where it stands, and by how much to turn it upright. */
export interface LineCut {
  readonly box: Box;
  readonly turn: 0 | 90 | 270;
}

export interface RecognizedLine {
  readonly text: string;
  /** Mean over the characters; 0 for an empty line. */
  readonly confidence: number;
}

export async function recognizeLines(session: TensorSession, alphabet: readonly string[], picture: RgbImage, cuts: readonly LineCut[]): Promise<RecognizedLine[]> {
  const images = await Promise.all(cuts.map((cut) => lineImage(picture, cut)));
  const lines: RecognizedLine[] = [];
  for (const group of groupByLength(images.map(({ width }) => width), GROUPING)) {
    const members = group.map((index) => images[index]).filter((image) => image !== undefined);
    const { data, dims } = floatOutput(await session.run({ x: lineTensor(members) }), session.outputNames[0] ?? '');
    const [, steps = 0] = dims;
    members.forEach((image, row) => {
      const counted = Math.min(steps, Math.ceil(image.width / STEP_WIDTH));
      const start = row * steps * alphabet.length;
      const characters = decodeCtc(data.subarray(start, start + counted * alphabet.length), counted, alphabet);
      const total = characters.reduce((sum, { confidence }) => sum + confidence, 0);
      lines[group[row] ?? 0] = { text: spacedText(characters, image, STEP_WIDTH), confidence: total / Math.max(1, characters.length) };
    });
  }
  return lines;
}

/** The line alone, upright, `LINE_HEIGHT` pixels high and in proportion. */
async function lineImage(picture: RgbImage, { box, turn }: LineCut): Promise<RgbImage> {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const ratio = turn === 0 ? width / height : height / width;
  const scaledWidth = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, Math.ceil(LINE_HEIGHT * ratio)));
  const cut = sharp(cropped(picture, box), { raw: { width, height, channels: 3 } });
  return rgbOf((turn === 0 ? cut : cut.rotate(turn)).resize(scaledWidth, LINE_HEIGHT, { fit: 'fill' }));
}

function cropped(picture: RgbImage, { left, top, right, bottom }: Box): Uint8Array {
  const rowBytes = (right - left) * 3;
  const data = new Uint8Array(rowBytes * (bottom - top));
  for (let row = top; row < bottom; row += 1) {
    const start = (row * picture.width + left) * 3;
    data.set(picture.data.subarray(start, start + rowBytes), (row - top) * rowBytes);
  }
  return data;
}

/** Blue, green, red planes in -1 to 1; shorter lines are filled up with grey. */
function lineTensor(images: readonly RgbImage[]): Tensor {
  const width = Math.max(...images.map((image) => image.width));
  const plane = width * LINE_HEIGHT;
  const data = new Float32Array(images.length * 3 * plane);
  images.forEach((image, index) => {
    for (let channel = 0; channel < 3; channel += 1) {
      for (let y = 0; y < LINE_HEIGHT; y += 1) {
        const target = (index * 3 + channel) * plane + y * width;
        for (let x = 0; x < image.width; x += 1) data[target + x] = (image.data[(y * image.width + x) * 3 + 2 - channel] ?? 0) / 127.5 - 1;
      }
    }
  });
  return { type: 'float32', dims: [images.length, 3, LINE_HEIGHT, width], data };
}
