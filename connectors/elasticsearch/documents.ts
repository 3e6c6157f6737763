/**
 * Documents as they are stored (fields in mappings.ts), and back. What is `null` is left out, so that "has the field"
 * means "is known".
 */
import type { AssetIndexDocument, IndexedMediaKind, IndexEvent, Modality, MomentDocument } from '../ports/index.ts';

export interface StoredMoment {
  readonly id: string;
  readonly assetId: string;
  readonly revision: number;
  readonly library: string;
  readonly mediaKind: IndexedMediaKind;
  readonly modality: Modality;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly time?: { readonly gte: number; readonly lt: number };
  readonly text?: string;
  readonly charStart?: number;
  /** As they were written; found in any case. */
  readonly tags: readonly string[];
  readonly tagText?: string;
  /** Elasticsearch gives numbers back, whatever it was given; it does so on `_source_exclude_vectors: false` only. */
  readonly vector?: readonly number[];
  readonly frameBlobKey?: string;
  readonly model: string;
  readonly lineage: string;
  readonly indexedAt: number;
}

export interface StoredAsset {
  readonly assetId: string;
  readonly revision: number;
  readonly library: string;
  readonly mediaKind?: IndexedMediaKind;
  readonly state: AssetIndexDocument['state'];
  readonly fileName: string;
  readonly sourceUri: string;
  readonly duplicateOf?: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly durationMs?: number;
  readonly sizeBytes?: number;
  readonly computeMs?: number;
  readonly insightCount?: number;
  readonly models?: readonly string[];
  readonly submittedAt?: number;
  readonly completedAt?: number;
  readonly body: unknown;
}

/** \u0002 and \u0003 are the marks of highlights, and half a surrogate pair has no UTF-8: they become spaces, and so does NUL. */
export const storable = (text: string): string => text.replace(/[\u0000\u0002\u0003]|\p{Surrogate}/gu, ' ');

/** All but the vector, which the writer puts in as text. */
export function storedMomentOf(moment: MomentDocument, indexedAtMs: number): Omit<StoredMoment, 'vector'> {
  const { id, assetId, revision, library, mediaKind, modality, startMs, endMs, text, charStart, tags, frameBlobKey, model, lineage } = moment;
  return {
    id, assetId, revision, library, mediaKind, modality,
    ...(startMs === null ? {} : { startMs, time: timeOf(startMs, endMs) }),
    ...(endMs === null ? {} : { endMs }),
    ...(text === null ? {} : { text: storable(text) }),
    ...(charStart === null ? {} : { charStart }),
    tags: tags.map(storable),
    ...(text === null && tags.length > 0 ? { tagText: storable(tags.join(', ')) } : {}),
    ...(frameBlobKey === null ? {} : { frameBlobKey }),
    model, lineage, indexedAt: indexedAtMs,
  };
}

/** Whole milliseconds that hold [start, end); one at least. */
function timeOf(startMs: number, endMs: number | null): { readonly gte: number; readonly lt: number } {
  const gte = Math.floor(startMs);
  return { gte, lt: Math.max(Math.ceil(endMs ?? startMs), gte + 1) };
}

export function momentOf(stored: StoredMoment): Omit<MomentDocument, 'vector'> {
  const { id, assetId, revision, library, mediaKind, modality, startMs = null, endMs = null, text = null, charStart = null, tags, frameBlobKey = null, model, lineage } = stored;
  return { id, assetId, revision, library, mediaKind, modality, startMs, endMs, text, charStart, tags, frameBlobKey, model, lineage };
}

export const vectorOf = ({ vector }: StoredMoment): Float32Array | null => (vector === undefined ? null : Float32Array.from(vector));

export function storedAssetOf(asset: AssetIndexDocument): StoredAsset {
  const { assetId, revision, library, mediaKind, state, fileName, sourceUri, text, tags, body } = asset;
  return {
    assetId, revision, library,
    ...(mediaKind === null ? {} : { mediaKind }),
    state, fileName: storable(fileName), sourceUri: storable(sourceUri), text: storable(text), tags: tags.map(storable),
    ...fieldsOf(body),
    body,
  };
}

export function assetOf(stored: StoredAsset): AssetIndexDocument {
  const { assetId, revision, library, mediaKind = null, state, fileName, sourceUri, text, tags, body } = stored;
  return { assetId, revision, library, mediaKind, state, fileName, sourceUri, text, tags, body };
}

/** What dashboards need of an AssetDocument; what it does not have, or has in another form, stays absent. */
function fieldsOf(body: unknown): Partial<StoredAsset> {
  if (typeof body !== 'object' || body === null) return {};
  const fields = body as Readonly<Record<string, unknown>>;
  const found: Record<string, unknown> = {};
  for (const [target, source, type] of BODY_FIELDS) {
    const value = fields[source];
    if (typeof value === type && (type === 'string' || Number.isFinite(value))) found[target] = value;
  }
  const models = fields['models'];
  if (Array.isArray(models)) found['models'] = models.filter((model) => typeof model === 'string');
  return found;
}

const BODY_FIELDS: readonly (readonly [keyof StoredAsset, string, 'string' | 'number'])[] = [
  ['duplicateOf', 'duplicateOf', 'string'],
  ['durationMs', 'durationMs', 'number'],
  ['sizeBytes', 'sizeBytes', 'number'],
  ['computeMs', 'computeMs', 'number'],
  ['insightCount', 'insightCount', 'number'],
  ['submittedAt', 'submittedAtMs', 'number'],
  ['completedAt', 'completedAtMs', 'number'],
];

/** Fields under their names, the time as Kibana looks for it. */
export function storedEventOf({ type: _type, atMs, ...fields }: IndexEvent): Readonly<Record<string, unknown>> {
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  return { '@timestamp': atMs, ...Object.fromEntries(present) };
}
