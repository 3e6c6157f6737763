/**
 * The vision stage: what a frame shows (a vector and tags, of one model) and what can be read on it. The words on a
 * frame become one text unit, so that they are found by meaning as well as by letters.
 */
import type { BlobStore, MillraceError } from '../../connectors/ports/index.ts';
import type { Frame, Insight, TextUnit } from '../../schemas/index.ts';
import type { ModelHost } from '../inference/index.ts';
import { failedInsight, found, skipped } from '../insight.ts';
import type { Place } from '../insight.ts';
import { lineageOf } from '../lineage.ts';
import { OCR_PARAMETERS, TAG_PARAMETERS } from './parameters.ts';
import { placeOf, screenUnit } from './screen-unit.ts';

export interface SeerOptions {
  readonly blobs: BlobStore;
  readonly models: ModelHost;
}

export interface VisionFindings {
  readonly textUnits: TextUnit[];
  readonly insights: Insight[];
}

export interface Seer {
  see(frame: Frame, options: { readonly signal: AbortSignal }): Promise<VisionFindings>;
  /** What stands in for the findings of a frame that could not be seen. */
  failed(frame: Frame, error: MillraceError): VisionFindings;
}

interface Look {
  readonly frame: Frame;
  readonly place: Place;
  readonly jpeg: Uint8Array;
  readonly models: ModelHost;
  readonly signal: AbortSignal;
}

export function createSeer({ blobs, models }: SeerOptions): Seer {
  return {
    async see(frame, { signal }) {
      const look: Look = { frame, place: placeOf(frame), jpeg: await blobs.get(frame.blobKey), models, signal };
      const [shown, written] = await Promise.all([lookAtImage(look), lookForText(look)]);
      const unit = screenUnit(frame, written, shown);
      const spawned = unit === undefined ? [] : [{ unitId: unit.unitId, tasks: ['TEXT_EMBEDDING'] as const }];
      return { textUnits: unit === undefined ? [] : [unit], insights: [...shown, { ...written, spawned }] };
    },
    failed: (frame, error) => ({
      textUnits: [],
      insights: (['IMAGE_EMBEDDING', 'TAGS', 'OCR'] as const).map((task) => failedInsight(frame, placeOf(frame), task, error)),
    }),
  };
}

/** Embedding and tags come out of one run; its cost is booked on the embedding. */
async function lookAtImage({ frame, place, jpeg, models, signal }: Look): Promise<Insight[]> {
  const model = models.describe('image-text');
  if (model === undefined) return (['IMAGE_EMBEDDING', 'TAGS'] as const).map((task) => skipped(frame, place, task, models.missingReason('image-text')));
  const { output: { vector, tags }, computeMs } = await models.run('image-text', { jpeg }, { signal, priority: frame.priority });
  const lineage = lineageOf({ model: model.digest, parameters: TAG_PARAMETERS, inputs: [frame.lineage] });
  const { blobKey, width, height } = frame;
  return [
    found(frame, place, { task: 'IMAGE_EMBEDDING', model, lineage, result: { type: 'ImageEmbedding', vector, blobKey, width, height, tags: tags.map(({ label }) => label) }, computeMs }),
    found(frame, place, { task: 'TAGS', model, lineage, result: { type: 'TagList', tags }, confidence: tags[0]?.confidence ?? null, computeMs: 0 }),
  ];
}

async function lookForText({ frame, place, jpeg, models, signal }: Look): Promise<Insight> {
  const model = models.describe('ocr');
  if (model === undefined) return skipped(frame, place, 'OCR', models.missingReason('ocr'));
  const { output: { lines }, computeMs } = await models.run('ocr', { jpeg }, { signal, priority: frame.priority });
  const lineage = lineageOf({ model: model.digest, parameters: OCR_PARAMETERS, inputs: [frame.lineage] });
  const confidence = lines.length === 0 ? null : lines.reduce((sum, line) => sum + line.confidence, 0) / lines.length;
  return found(frame, place, { task: 'OCR', model, lineage, result: { type: 'ScreenText', lines }, confidence, computeMs });
}
