/** What is refused before it is sent, and why. Elasticsearch refuses more, each document by itself. */
import type { IndexEvent, IndexOperation, MomentDocument } from '../../ports/index.ts';
import { MODALITIES } from '../names.ts';

/** Of `_id`. One that is longer makes Elasticsearch refuse the whole request. */
const MAX_ID_BYTES = 512;
/** Of a dense_vector. */
const MAX_DIMENSIONS = 4_096;
/** What highlights are made of, at most (`index.highlight.max_analyzed_offset`). */
const MAX_TEXT_LENGTH = 1_000_000;
/** Unit length up to the rounding of half precision. */
const LENGTH_TOLERANCE = 0.01;
const KINDS: readonly string[] = ['VIDEO', 'AUDIO', 'IMAGE', 'TEXT'];

/** `undefined` where the operation may go. */
export function reasonToReject(operation: IndexOperation): string | undefined {
  const { assetId, revision } = operation.type === 'delete' ? operation : operation.document;
  const identity = reasonAgainstId('assetId', assetId);
  if (identity !== undefined) return identity;
  if (!Number.isSafeInteger(revision) || revision < 0) return `the revision ${revision} is no whole number from 0`;
  if (operation.type === 'delete') return undefined;
  const { mediaKind, text } = operation.document;
  if (mediaKind !== null && !KINDS.includes(mediaKind)) return `there is no media kind ${mediaKind}`;
  if (text !== null && text.length > MAX_TEXT_LENGTH) return `the text has ${text.length} characters, and more than ${MAX_TEXT_LENGTH} are not taken`;
  return operation.type === 'moment' ? reasonAgainstMoment(operation.document) : undefined;
}

export const reasonToRejectEvent = ({ id }: IndexEvent): string | undefined => reasonAgainstId('id', id);

function reasonAgainstId(name: string, id: string): string | undefined {
  if (id === '') return `the ${name} is empty`;
  const bytes = Buffer.byteLength(id);
  return bytes > MAX_ID_BYTES ? `the ${name} has ${bytes} bytes, and Elasticsearch takes ${MAX_ID_BYTES}` : undefined;
}

function reasonAgainstMoment({ id, modality, startMs, endMs, vector }: MomentDocument): string | undefined {
  const identity = reasonAgainstId('id', id);
  if (identity !== undefined) return identity;
  if (!MODALITIES.includes(modality)) return `there is no modality ${modality}`;
  if ([startMs, endMs].some((time) => time !== null && !Number.isFinite(time))) return 'a time is no number';
  if (endMs !== null && (startMs === null || endMs < startMs)) return `the end (${endMs} ms) comes before the start (${startMs ?? 'none'})`;
  return vector === null ? undefined : reasonAgainstVector(vector);
}

function reasonAgainstVector(vector: Float32Array): string | undefined {
  if (vector.length === 0 || vector.length > MAX_DIMENSIONS) return `the vector has ${vector.length} dimensions, and 1 to ${MAX_DIMENSIONS} are taken`;
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  // Written so that NaN is refused.
  return Math.abs(length - 1) <= LENGTH_TOLERANCE ? undefined : `the vector has length ${length.toFixed(3)}, not 1`;
}
