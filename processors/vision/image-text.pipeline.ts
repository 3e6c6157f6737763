/**
 * What a picture shows: a vector in the space of the text encoder, and tags. The graph gives both, from two views of
 * the picture: the vector from the full centre square, so that what stands at the border is found too; the tags from
 * the inner 7/8 of it, which is how the classifier was trained. All views of a batch run together.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { ImageTextOutput, LabelScore, TaskPipelineFactory } from '../inference/index.ts';
import { floatOutput, rowOf } from '../tensors.ts';
import { TAG_PARAMETERS } from './parameters.ts';
import { centreSquare } from './pixels.ts';

const MODEL_FILE = 'image_text.onnx';
const LABELS_FILE = 'imagenet_labels.json';
const SIDE = 224;
/** Side of the square whose middle `SIDE` pixels the classifier was trained on. */
const UNCROPPED_SIDE = 256;
/** Each gives two views. */
const IMAGES_PER_RUN = 4;

export const createPipeline: TaskPipelineFactory<'image-text'> = async (context) => {
  const labels = readLabels(await readFile(join(context.directory, LABELS_FILE), 'utf8'));
  const session = await context.openSession(MODEL_FILE);
  return {
    async run(batch) {
      const outputs: ImageTextOutput[] = [];
      for (let first = 0; first < batch.length; first += IMAGES_PER_RUN) {
        const views = await Promise.all(batch.slice(first, first + IMAGES_PER_RUN).map(({ jpeg }) => viewsOf(jpeg)));
        const feeds = { pixels: { type: 'uint8', dims: [views.length * 2, SIDE, SIDE, 3], data: Buffer.concat(views.flat()) } } as const;
        const result = await session.run(feeds, ['joint', 'probs']);
        const [vectors, probabilities] = [floatOutput(result, 'joint'), floatOutput(result, 'probs')];
        views.forEach((_, image) => outputs.push({
          vector: rowOf(vectors, image * 2),
          tags: topTags(rowOf(probabilities, image * 2 + 1), labels),
        }));
      }
      return outputs;
    },
  };
};

const viewsOf = (jpeg: Uint8Array): Promise<Uint8Array[]> => Promise.all([centreSquare(jpeg, SIDE), centreSquare(jpeg, UNCROPPED_SIDE, SIDE)]);

/** Labels above the least confidence, best first. Two classes of one name (crane: bird and machine) count as one. */
function topTags(probabilities: Float32Array, labels: readonly string[]): LabelScore[] {
  const confidences = new Map<string, number>();
  labels.forEach((label, index) => {
    const confidence = probabilities[index] ?? 0;
    if (confidence >= TAG_PARAMETERS.minConfidence) confidences.set(label, Math.max(confidence, confidences.get(label) ?? 0));
  });
  return [...confidences].map(([label, confidence]) => ({ label, confidence }))
    .sort((a, b) => b.confidence - a.confidence).slice(0, TAG_PARAMETERS.maxTags);
}

/** A JSON array of the class names, in the order of the classes. */
function readLabels(json: string): string[] {
  const labels: unknown = JSON.parse(json);
  if (!Array.isArray(labels)) throw new MillraceError('MILL_MODEL_FAILED', `${LABELS_FILE} is no list of labels`);
  return labels.map((label) => String(label).toLowerCase());
}
