/**
 * Assembly: turns the admissions, insights and removals of an asset, in any order and any number of times, into its
 * document, its audit trail and the release of its claims. State per revision:
 *
 *             first insight            admitted
 *   (none) ───────────────> unplanned ──────────┐
 *      │                                        v       nothing outstanding
 *      └───────── admitted ──────────────────> open ─────────────────────────> done (document written, units dropped)
 *                                               │  ^                            │  │
 *                                               │  └─ a duplicate is promoted ──┘  │
 *                       newer revision, removal │                                  │ newer revision, removal
 *                                               v       nothing outstanding        v
 *                                             doomed ──────────────────────────> closed (claim released)
 *
 * - An insight or admission of a closed revision is dropped: a late repeat resurrects nothing. A decode that is repeated
 *   after the close has written blobs again: the claim is released again.
 * - Of a done revision, repeats are dropped too. Where its document is partial, its units are kept: work that failed and
 *   was retried with success opens it again, and when nothing is outstanding the document is written anew.
 * - ADMITTED is final for a revision. DUPLICATE may become ADMITTED (promotion) or a duplicate of another asset.
 * - A duplicate has no insights of its own: one that comes in is of its promotion, whose admission is on its way. It is
 *   kept, and the duplicate is not closed before. Where it was closed already (it was promoted at the moment when it
 *   was removed), it is watched again, doomed, and released a second time.
 * - A doomed revision writes no document and no audit event. Its claim is released only when nothing of it is in
 *   flight, so that no blob is deleted that a stage still writes or reads.
 */
import type { AssetAdmitted, AssetDocument, Insight } from '../../schemas/index.ts';
import { NEW_ASSET, NEW_REVISION } from './assembly-state.ts';
import type { AssemblyStores, RevisionEntry, UnitEntry } from './assembly-state.ts';
import { DocumentBuilder, unprocessedDocument } from './document.ts';
import { auditOf, releaseAgain, releaseOf } from './effects.ts';
import type { AssemblyEffect } from './effects.ts';
import { assetPrefix, collect, revisionKey, revisionOfKey, unitPrefix } from './entries.ts';
import { arrive, expect, plannedUnits } from './expectations.ts';

type Units = readonly (readonly [key: string, entry: UnitEntry])[];

export class Assembler {
  readonly #stores: AssemblyStores;
  readonly #nowMs: () => number;

  constructor(stores: AssemblyStores, nowMs: () => number) {
    this.#stores = stores;
    this.#nowMs = nowMs;
  }

  /** The outcome of admission: the plan of a revision, or that there is nothing to process. */
  async admitted(admitted: AssetAdmitted): Promise<AssemblyEffect[]> {
    const { assetId, revision, outcome } = admitted;
    const { assets, plans, revisions, units } = this.#stores;
    const known = await this.#revision(assetId, revision, outcome === 'ADMITTED');
    if (known === 'closed' || (await this.#isRepeat(known, admitted))) return [];

    const asset = (await assets.get(assetId)) ?? NEW_ASSET;
    const doomed = revision < asset.current || revision <= asset.removedThrough;
    const added = outcome === 'ADMITTED' ? await expect(units, assetId, revision, plannedUnits(admitted)) : 0;
    const entry: RevisionEntry = { ...known, outcome, doomed, done: false, segments: admitted.segmentCount, outstanding: known.outstanding + added };
    plans.put(revisionKey(assetId, revision), admitted);
    revisions.put(revisionKey(assetId, revision), entry);
    const effects: AssemblyEffect[] = [];
    if (!doomed) effects.push(this.#admissionAudit(admitted));
    if (!doomed && isDecoded(entry)) effects.push(this.#decodedAudit(admitted));
    await this.#settle(admitted, entry, effects);
    if (revision > asset.current) {
      assets.put(assetId, { ...asset, current: revision });
      await this.#doomThrough(assetId, revision - 1, effects);
    }
    return effects;
  }

  /** The outcome of one task on one unit. */
  async insight(insight: Insight): Promise<AssemblyEffect[]> {
    const { assetId, revision, task, spawned } = insight;
    const { plans, revisions, units } = this.#stores;
    const known = await this.#revision(assetId, revision, true);
    if (known === 'closed') return task === 'DECODE' ? [releaseAgain(insight)] : [];
    if (known.done && known.outcome === 'ADMITTED' && !known.partial) return [];
    const arrival = await arrive(units, insight);
    if (arrival === 'repeated') return [];

    const added = await expect(units, assetId, revision, spawned);
    const entry: RevisionEntry = {
      ...known,
      started: true,
      done: arrival === 'mended' ? false : known.done,
      outstanding: known.outstanding + added - (arrival === 'expected' ? 1 : 0),
      decoded: known.decoded + (task === 'DECODE' && arrival !== 'mended' ? 1 : 0),
    };
    revisions.put(revisionKey(assetId, revision), entry);
    const effects: AssemblyEffect[] = [];
    const decoded = task === 'DECODE' && arrival !== 'mended' && isDecoded(entry) && !entry.doomed;
    if (!decoded && entry.outstanding > 0) return effects;
    const plan = await plans.get(revisionKey(assetId, revision));
    if (plan === undefined) return effects;
    if (decoded) effects.push(this.#decodedAudit(plan));
    await this.#settle(plan, entry, effects);
    return effects;
  }

  /** The asset was removed, with all revisions up to this one, whether their admission came in already or not. */
  async removed(assetId: string, throughRevision: number, library: string): Promise<AssemblyEffect[]> {
    const { assets } = this.#stores;
    const asset = (await assets.get(assetId)) ?? NEW_ASSET;
    if (throughRevision <= asset.removedThrough) return [];
    assets.put(assetId, { ...asset, removedThrough: throughRevision });
    const effects: AssemblyEffect[] = [
      { type: 'removed', assetId, revision: throughRevision, library },
      auditOf({ assetId, revision: throughRevision, library }, 'REMOVED', 'Its documents leave the index.', this.#nowMs()),
    ];
    await this.#doomThrough(assetId, throughRevision, effects);
    return effects;
  }

  /** The newest revision that was admitted, for a removal that names none. */
  async currentRevision(assetId: string): Promise<number> {
    return (await this.#stores.assets.get(assetId))?.current ?? 0;
  }

  /** `promoted`: this can only come from a promotion, where the revision was closed as a duplicate. */
  async #revision(assetId: string, revision: number, promoted: boolean): Promise<RevisionEntry | 'closed'> {
    const key = revisionKey(assetId, revision);
    const entry = await this.#stores.revisions.get(key);
    if (entry !== undefined) return entry;
    const closedAs = await this.#stores.closed.get(key);
    return closedAs === undefined || (promoted && closedAs === 'DUPLICATE') ? NEW_REVISION : 'closed';
  }

  async #isRepeat(known: RevisionEntry, { assetId, revision, outcome, duplicateOf }: AssetAdmitted): Promise<boolean> {
    if (known.outcome === null) return false;
    if (known.outcome === 'ADMITTED') return true;
    if (known.outcome !== outcome) return false;
    return (await this.#stores.plans.get(revisionKey(assetId, revision)))?.duplicateOf === duplicateOf;
  }

  /** Everything up to a revision is out of use: what is settled is closed now, the rest when it settles. */
  async #doomThrough(assetId: string, throughRevision: number, effects: AssemblyEffect[]): Promise<void> {
    const { plans, revisions } = this.#stores;
    for (const [key, entry] of await collect(revisions, assetPrefix(assetId))) {
      if (entry.doomed || revisionOfKey(key) > throughRevision) continue;
      const doomed = { ...entry, doomed: true };
      revisions.put(key, doomed);
      const plan = await plans.get(key);
      if (plan !== undefined) await this.#settle(plan, doomed, effects);
    }
  }

  /** Where nothing is outstanding: writes the document, or closes a doomed revision. */
  async #settle(plan: AssetAdmitted, entry: RevisionEntry, effects: AssemblyEffect[]): Promise<void> {
    const { outcome, outstanding, started, doomed, done } = entry;
    if (outcome === null || (outcome === 'ADMITTED' && outstanding > 0)) return;
    if (!doomed && !done) await this.#finish(plan, entry, effects);
    if (doomed && (outcome === 'ADMITTED' || !started)) await this.#close(plan, outcome, effects);
  }

  async #finish(plan: AssetAdmitted, entry: RevisionEntry, effects: AssemblyEffect[]): Promise<void> {
    const key = revisionKey(plan.assetId, plan.revision);
    if (entry.outcome !== 'ADMITTED') {
      this.#stores.revisions.put(key, { ...entry, done: true });
      effects.push({ type: 'document', document: unprocessedDocument(plan, this.#nowMs()) });
      return;
    }
    const units = await this.#units(plan);
    const document = buildDocument(plan, units, this.#nowMs());
    const partial = document.state === 'PARTIAL';
    this.#stores.revisions.put(key, { ...entry, done: true, partial });
    if (!partial) this.#dropUnits(units);
    effects.push(
      { type: 'document', document },
      auditOf(plan, partial ? 'PARTIAL' : 'COMPLETED', document.reasons.join('; '), this.#nowMs()),
    );
  }

  async #close(plan: AssetAdmitted, outcome: AssetAdmitted['outcome'], effects: AssemblyEffect[]): Promise<void> {
    const key = revisionKey(plan.assetId, plan.revision);
    this.#dropUnits(await this.#units(plan));
    this.#stores.revisions.delete(key);
    this.#stores.plans.delete(key);
    this.#stores.closed.put(key, outcome);
    if (outcome !== 'REJECTED') effects.push(releaseOf(plan));
  }

  #units({ assetId, revision }: AssetAdmitted): Promise<Units> {
    return collect(this.#stores.units, unitPrefix(assetId, revision));
  }

  #dropUnits(units: Units): void {
    for (const [key] of units) this.#stores.units.delete(key);
  }

  #admissionAudit(admitted: AssetAdmitted): AssemblyEffect {
    const { outcome, segmentCount, duplicateOf, reason } = admitted;
    const detail = {
      ADMITTED: `${segmentCount} ${segmentCount === 1 ? 'segment' : 'segments'}`,
      DUPLICATE: `The same bytes as asset ${duplicateOf ?? ''}`,
      REJECTED: reason ?? '',
    }[outcome];
    return auditOf(admitted, outcome, detail, this.#nowMs());
  }

  #decodedAudit(plan: AssetAdmitted): AssemblyEffect {
    return auditOf(plan, 'DECODED', `${plan.segmentCount} ${plan.segmentCount === 1 ? 'segment' : 'segments'}`, this.#nowMs());
  }
}

/** What came in and was expected by nobody is no part of the document. */
function buildDocument(plan: AssetAdmitted, units: Units, nowMs: number): AssetDocument {
  const builder = new DocumentBuilder();
  for (const [, { expected, outcome }] of units) if (expected && outcome !== null) builder.add(outcome);
  return builder.build(plan, nowMs);
}

const isDecoded = ({ outcome, segments, decoded }: RevisionEntry): boolean => outcome === 'ADMITTED' && decoded === segments && segments > 0;
