/**
 * Reciprocal rank fusion with weights: a hit at rank r of its list is worth weight / (60 + r). Hits of one moment, that
 * is of one asset at overlapping times or of one frame, become one group; its score is the sum over lists of its best
 * hit in each.
 *
 * Groups form around their strongest hit, and a hit joins only where it meets that one: chains of overlaps do not grow
 * into a result as long as the film.
 */
import type { Evidence, EvidenceList, Place } from './evidence.ts';
import type { ResultReason } from './result.ts';

/** As in the paper of Cormack, Clarke and Buettcher (2009), and as Elasticsearch has it. */
const RANK_CONSTANT = 60;

export interface Group {
  /** Place of the strongest hit. */
  readonly anchor: Place;
  readonly score: number;
  readonly reasons: readonly ResultReason[];
  /** A frame of the moment itself. */
  readonly frameBlobKey: string | null;
}

interface Ranked {
  readonly evidence: Evidence;
  readonly worth: number;
}

/** `lists` holds the hits of each search, best first. */
export function fuse(lists: readonly (readonly Evidence[])[]): Group[] {
  const ranked = lists.flatMap((list) => list.map((evidence, index): Ranked => ({ evidence, worth: evidence.weight / (RANK_CONSTANT + index + 1) })));
  // Metadata speaks of a whole asset and joins the best moment there is, so it comes when the moments are placed.
  const isMetadata = ({ evidence }: Ranked): boolean => evidence.list === 'metadata';
  ranked.sort((a, b) => Number(isMetadata(a)) - Number(isMetadata(b)) || b.worth - a.worth);
  const groups: GroupBuilder[] = [];
  for (const hit of ranked) {
    const { place } = hit.evidence;
    const candidates = groups.filter((group) => group.anchor.assetId === place.assetId);
    const home = isMetadata(hit) ? candidates.sort((a, b) => b.score - a.score)[0] : candidates.find((group) => sameMoment(group.anchor, place));
    if (home === undefined) groups.push(new GroupBuilder(hit));
    else home.add(hit);
  }
  return groups.map((group) => group.build()).sort((a, b) => b.score - a.score);
}

/** Without an end, or without length, a moment is the millisecond that it begins. */
const endOf = (startMs: number, endMs: number | null): number => Math.max(endMs ?? startMs, startMs + 1);

function sameMoment(a: Place, b: Place): boolean {
  if (a.momentId === b.momentId) return true;
  if (a.frameBlobKey !== null && a.frameBlobKey === b.frameBlobKey) return true;
  if (a.startMs === null || b.startMs === null) return a.isImage && b.isImage;
  return a.startMs < endOf(b.startMs, b.endMs) && b.startMs < endOf(a.startMs, a.endMs);
}

/** One reason for each moment and kind of match: the words' highlights and the vector's similarity come together. */
function mergeReason(known: ResultReason, added: ResultReason): ResultReason {
  return { ...known, highlights: known.highlights.length > 0 ? known.highlights : added.highlights, similarity: known.similarity ?? added.similarity };
}

class GroupBuilder {
  readonly anchor: Place;
  readonly #best = new Map<EvidenceList, number>();
  readonly #reasons = new Map<string, ResultReason>();
  #frameBlobKey: string | null = null;

  constructor(first: Ranked) {
    this.anchor = first.evidence.place;
    this.add(first);
  }

  get score(): number {
    return [...this.#best.values()].reduce((sum, worth) => sum + worth, 0);
  }

  /** Hits come strongest first. */
  add({ evidence: { list, place, reason }, worth }: Ranked): void {
    if (!this.#best.has(list)) this.#best.set(list, worth);
    const key = `${reason.modality}/${place.momentId ?? ''}`;
    const known = this.#reasons.get(key);
    this.#reasons.set(key, known === undefined ? reason : mergeReason(known, reason));
    this.#frameBlobKey ??= place.frameBlobKey;
  }

  build(): Group {
    return { anchor: this.anchor, score: this.score, reasons: [...this.#reasons.values()], frameBlobKey: this.#frameBlobKey };
  }
}
