/**
 * Which insights people can search: a frame as a vector, and every embedded passage by its origin. Other insights are in
 * the asset's document. A passage that no model embedded (its vector is empty) is found by its words.
 */
import type { Modality, MomentDocument } from '../../../connectors/ports/index.ts';
import type { Insight, TextOrigin } from '../../../schemas/index.ts';

const MODALITY_OF: Readonly<Record<TextOrigin, Modality>> = {
  DOCUMENT: 'document', METADATA: 'document', SPEECH: 'speech', SCREEN: 'screen', SUBTITLE: 'subtitle',
};

/** `undefined` for an insight that is no moment. */
export function momentOf(insight: Insight): MomentDocument | undefined {
  const { insightId, assetId, revision, library, mediaKind, startMs, endMs, model, lineage, result } = insight;
  const common = { id: insightId, assetId, revision, library, mediaKind, startMs, endMs, model: model === null ? '' : `${model.name}@${model.version}`, lineage };
  switch (result?.type) {
    case 'ImageEmbedding': {
      const { vector, blobKey, tags } = result;
      return { ...common, modality: 'frame', text: null, charStart: null, tags, vector: orNull(vector), frameBlobKey: blobKey };
    }
    case 'TextEmbedding': {
      const { vector, origin, text, charStart, frameBlobKey, tags } = result;
      return { ...common, modality: MODALITY_OF[origin], text, charStart, tags, vector: orNull(vector), frameBlobKey };
    }
    default: return undefined;
  }
}

const orNull = (vector: Float32Array): Float32Array | null => (vector.length === 0 ? null : vector);
