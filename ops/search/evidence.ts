/**
 * Hits of the single searches, weighed so that they can be fused. Reciprocal rank fusion looks at ranks alone, and the
 * first of a list always counts full: so each hit also carries a weight from 0 to 1 that says how good it is by itself.
 *
 * Vectors: a cosine under `floor` is chance and is dropped; from `floor` to `strong` the weight grows to 1. The figures
 * are measured (docs/search.md, "Cut-offs"). Words: the weight is the share of the query's telling words that were met.
 * So a vector hit that is just better than chance cannot outrank a text that says exactly what was asked.
 */
import type { AssetHit, Modality, MomentHit } from '../../connectors/ports/index.ts';
import { coverage, parseMarked } from './marked-text.ts';
import type { ResultReason } from './result.ts';

/** The single searches; within one moment only the best hit of each counts. */
export type EvidenceList = 'frame-vectors' | 'text-vectors' | 'words' | 'tags' | 'metadata';

/** Where on the timeline and in which asset. */
export interface Place {
  readonly assetId: string;
  readonly momentId: string | null;
  readonly isImage: boolean;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly frameBlobKey: string | null;
  readonly library: string;
}

export interface Evidence {
  readonly list: EvidenceList;
  readonly place: Place;
  readonly weight: number;
  readonly reason: ResultReason;
}

export interface CutOff {
  readonly floor: number;
  readonly strong: number;
}

export const CUT_OFFS = {
  textToFrame: { floor: 0.18, strong: 0.45 },
  imageToFrame: { floor: 0.4, strong: 0.85 },
  textToText: { floor: 0.25, strong: 0.55 },
} as const satisfies Record<string, CutOff>;

/** What lies just over its floor still shows up, behind everything else. */
const LEAST_WEIGHT = 0.05;
/** Labels are guesses of a model, and metadata is of the whole asset: less telling than words said at the moment. */
const TAG_WEIGHT = 0.5;
const METADATA_WEIGHT = 0.8;

export const TEXT_MODALITIES: readonly Modality[] = ['speech', 'screen', 'document', 'subtitle'];

function placeOf({ moment }: MomentHit): Place {
  const { assetId, id, mediaKind, startMs, endMs, frameBlobKey, library } = moment;
  return { assetId, momentId: id, isImage: mediaKind === 'IMAGE', startMs, endMs, frameBlobKey, library };
}

export function vectorEvidence(list: 'frame-vectors' | 'text-vectors', hits: readonly MomentHit[], { floor, strong }: CutOff): Evidence[] {
  return hits.filter((hit) => hit.score >= floor).map((hit) => ({
    list,
    place: placeOf(hit),
    weight: Math.min(1, Math.max(LEAST_WEIGHT, (hit.score - floor) / (strong - floor))),
    reason: { modality: hit.moment.modality, text: hit.moment.text, highlights: [], similarity: hit.score, startMs: hit.moment.startMs, endMs: hit.moment.endMs },
  }));
}

export function wordEvidence(list: 'words' | 'tags', hits: readonly MomentHit[], words: readonly string[]): Evidence[] {
  return hits.map((hit) => {
    const marked = parseMarked(hit.highlight ?? '');
    return {
      list,
      place: placeOf(hit),
      weight: coverage(words, marked) * (list === 'tags' ? TAG_WEIGHT : 1),
      reason: { modality: list === 'tags' ? 'tag' as const : hit.moment.modality, ...marked, similarity: null, startMs: hit.moment.startMs, endMs: hit.moment.endMs },
    };
  }).filter((evidence) => evidence.weight > 0);
}

/** The asset whose moments stand for this one: itself, unless it is an exact duplicate. */
export function holderOf({ assetId, body }: AssetHit['asset']): string {
  return typeof body === 'object' && body !== null && 'duplicateOf' in body && typeof body.duplicateOf === 'string' ? body.duplicateOf : assetId;
}

export function metadataEvidence(hits: readonly AssetHit[], words: readonly string[]): Evidence[] {
  // What was rejected has nothing to show.
  return hits.filter(({ asset }) => asset.state !== 'REJECTED').map(({ asset, highlight }) => {
    const marked = parseMarked(highlight ?? '');
    return {
      list: 'metadata' as const,
      place: { assetId: holderOf(asset), momentId: null, isImage: asset.mediaKind === 'IMAGE', startMs: null, endMs: null, frameBlobKey: null, library: asset.library },
      weight: coverage(words, marked) * METADATA_WEIGHT,
      reason: { modality: 'metadata' as const, ...marked, similarity: null, startMs: null, endMs: null },
    };
  }).filter((evidence) => evidence.weight > 0);
}
