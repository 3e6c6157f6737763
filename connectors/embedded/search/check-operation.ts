/** What the index refuses, and why. Everything else is stored. */
import type { AssetIndexDocument, IndexOperation, MomentDocument } from '../../ports/index.ts';

const MODALITIES: readonly string[] = ['frame', 'speech', 'screen', 'document', 'subtitle'];
const KINDS: readonly string[] = ['VIDEO', 'AUDIO', 'IMAGE', 'TEXT'];
const MAX_TEXT_LENGTH = 1_000_000;
const MAX_DIMENSIONS = 4_096;
/** Unit length up to the rounding of half precision. */
const LENGTH_TOLERANCE = 0.01;

/** The reason, or `undefined` where the operation is sound. */
export function reasonToReject(operation: IndexOperation): string | undefined {
  const { assetId, revision } = operation.type === 'delete' ? operation : operation.document;
  if (assetId === '') return 'the assetId is empty';
  if (!Number.isSafeInteger(revision) || revision < 0) return `the revision ${revision} is no whole number`;
  if (operation.type === 'moment') return reasonAgainstMoment(operation.document);
  if (operation.type === 'asset') return reasonAgainstAsset(operation.document);
  return undefined;
}

function reasonAgainstMoment({ id, modality, mediaKind, startMs, endMs, text, vector }: MomentDocument): string | undefined {
  if (id === '') return 'the id is empty';
  if (!MODALITIES.includes(modality)) return `there is no modality ${modality}`;
  if (!KINDS.includes(mediaKind)) return `there is no media kind ${mediaKind}`;
  if ((startMs !== null && !Number.isFinite(startMs)) || (endMs !== null && !Number.isFinite(endMs))) return 'a time is no number';
  if (endMs !== null && (startMs === null || endMs < startMs)) return `the end (${endMs} ms) is before the start (${startMs ?? 'none'} ms)`;
  if (text !== null && text.length > MAX_TEXT_LENGTH) return `the text has ${text.length} characters, more than ${MAX_TEXT_LENGTH}`;
  return vector === null ? undefined : reasonAgainstVector(vector);
}

function reasonAgainstVector(vector: Float32Array): string | undefined {
  if (vector.length === 0 || vector.length > MAX_DIMENSIONS) return `the vector has ${vector.length} dimensions, not 1 to ${MAX_DIMENSIONS}`;
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return Math.abs(length - 1) <= LENGTH_TOLERANCE ? undefined : `the vector has length ${length.toFixed(3)}, not 1`;
}

function reasonAgainstAsset({ mediaKind, text }: AssetIndexDocument): string | undefined {
  if (mediaKind !== null && !KINDS.includes(mediaKind)) return `there is no media kind ${mediaKind}`;
  return text.length > MAX_TEXT_LENGTH ? `the text has ${text.length} characters, more than ${MAX_TEXT_LENGTH}` : undefined;
}
