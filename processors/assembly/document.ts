/** Builds an asset's document. Pure: the same outcomes, in whatever order they came, give the same document. */
import type { AssetAdmitted, AssetDocument, Phrase, Shot } from '../../schemas/index.ts';
import { ReasonCounter } from './reasons.ts';
import { joinShots } from './shots.ts';
import { TagCounter } from './tags.ts';
import { stitchTranscript } from './transcript.ts';
import type { UnitOutcome } from './unit-outcome.ts';

/** Gathers the outcomes of one revision, read by a scan of its entries. */
export class DocumentBuilder {
  readonly #shots: Shot[] = [];
  readonly #phrases: Phrase[] = [];
  readonly #tags = new TagCounter();
  readonly #reasons = new ReasonCounter();
  readonly #models = new Set<string>();
  #insightCount = 0;
  #computeMs = 0;

  add(outcome: UnitOutcome): void {
    this.#reasons.add(outcome);
    this.#computeMs += outcome.computeMs;
    if (outcome.model !== null) this.#models.add(outcome.model);
    if (outcome.status !== 'OK') return;
    this.#insightCount += 1;
    this.#shots.push(...(outcome.shots ?? []));
    this.#phrases.push(...(outcome.phrases ?? []));
    this.#tags.add(outcome.tags ?? []);
  }

  build(admitted: AssetAdmitted, completedAtMs: number): AssetDocument {
    const reasons = this.#reasons.list();
    return {
      ...describedBy(admitted),
      state: reasons.length === 0 ? 'COMPLETE' : 'PARTIAL',
      reasons,
      tags: this.#tags.list(),
      shots: joinShots(this.#shots),
      transcript: stitchTranscript(this.#phrases),
      insightCount: this.#insightCount,
      // Microseconds: the sum must not depend on the order of its terms.
      computeMs: Math.round(this.#computeMs * 1_000) / 1_000,
      models: [...this.#models].sort(),
      completedAtMs,
    };
  }
}

/** The document of an asset that is not processed itself: it was rejected, or another asset stands for it. */
export function unprocessedDocument(admitted: AssetAdmitted, completedAtMs: number): AssetDocument {
  const rejected = admitted.outcome === 'REJECTED';
  return {
    ...describedBy(admitted),
    state: rejected ? 'REJECTED' : 'COMPLETE',
    reasons: rejected ? [admitted.reason ?? 'no reason given'] : [],
    tags: [],
    shots: [],
    transcript: null,
    insightCount: 0,
    computeMs: 0,
    models: [],
    completedAtMs,
  };
}

type Described = 'assetId' | 'revision' | 'library' | 'priority' | 'contentHash' | 'sourceUri' | 'fileName' | 'sizeBytes'
  | 'mediaKind' | 'duplicateOf' | 'container' | 'durationMs' | 'width' | 'height' | 'metadata' | 'submittedAtMs';

function describedBy(admitted: AssetAdmitted): Pick<AssetDocument, Described> {
  const { assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes } = admitted;
  const { mediaKind, duplicateOf, container, durationMs, width, height, metadata, submittedAtMs } = admitted;
  return {
    assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes,
    mediaKind, duplicateOf, container, durationMs, width, height, metadata, submittedAtMs,
  };
}
