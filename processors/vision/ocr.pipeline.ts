/**
 * Text in pictures by PP-OCR: a DB detector finds boxes, a CTC network reads them. Most pictures of a video hold no
 * text, and for them the work ends with the detector. A box that stands upright may hold a turned line or a single
 * letter: it is read all three ways, and the surest reading stays.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskPipelineFactory, TensorSession, TextLine } from '../inference/index.ts';
import { OCR_PARAMETERS } from './parameters.ts';
import { openPicture, rgbOf } from './pixels.ts';
import { detectText } from './text-detector.ts';
import { joinLines } from './text-lines.ts';
import type { Box } from './text-map.ts';
import { recognizeLines } from './text-recognizer.ts';
import type { LineCut } from './text-recognizer.ts';

const DETECTOR_FILE = 'ch_PP-OCRv4_det_infer.onnx';
const RECOGNIZER_FILE = 'ch_PP-OCRv4_rec_infer.onnx';
const ALPHABET_FILE = 'ppocr_keys_v1.txt';
/** Height over width from which a box may hold a turned line. */
const TALL = 1.8;
/** Characters. */
const SHORT = 2;
const LETTER = /[\p{L}\p{N}]/u;

export const createPipeline: TaskPipelineFactory<'ocr'> = async (context) => {
  const alphabet = readAlphabet(await readFile(join(context.directory, ALPHABET_FILE), 'utf8'));
  const detector = await context.openSession(DETECTOR_FILE);
  const recognizer = await context.openSession(RECOGNIZER_FILE);
  return {
    async run(batch) {
      const outputs = [];
      for (const { jpeg } of batch) outputs.push({ lines: await readPicture(jpeg, detector, recognizer, alphabet) });
      return outputs;
    },
  };
};

async function readPicture(jpeg: Uint8Array, detector: TensorSession, recognizer: TensorSession, alphabet: readonly string[]): Promise<TextLine[]> {
  const picture = await rgbOf(openPicture(jpeg));
  const boxes = tallest(await detectText(detector, picture));
  if (boxes.length === 0) return [];
  const cuts = boxes.flatMap(cutsOf);
  const read = await recognizeLines(recognizer, alphabet, picture, cuts);
  const best = new Map<Box, TextLine>();
  cuts.forEach(({ box }, index) => {
    const { text, confidence } = read[index] ?? { text: '', confidence: 0 };
    if (!credible(text, confidence) || confidence <= (best.get(box)?.confidence ?? 0)) return;
    best.set(box, { text, confidence, box: [box.left, box.top, box.right, box.bottom] });
  });
  return joinLines([...best.values()]);
}

const credible = (text: string, confidence: number): boolean =>
  LETTER.test(text) && confidence >= (text.length <= SHORT ? OCR_PARAMETERS.minShortConfidence : OCR_PARAMETERS.minConfidence);

/** A page of small print costs a second and more: of very many boxes those with the largest letters are read. */
const tallest = (boxes: readonly Box[]): Box[] => [...boxes]
  .sort((a, b) => (b.bottom - b.top) - (a.bottom - a.top))
  .slice(0, OCR_PARAMETERS.maxBoxes);

const cutsOf = (box: Box): LineCut[] => (box.bottom - box.top > (box.right - box.left) * TALL
  ? [{ box, turn: 0 }, { box, turn: 90 }, { box, turn: 270 }]
  : [{ box, turn: 0 }]);

/** One character a line; the blank comes before them and the space after. */
const readAlphabet = (keys: string): string[] => ['', ...keys.replace(/\r?\n$/, '').split(/\r?\n/), ' '];
