/**
 * The entries that assembly keeps. All are small: one insight writes its own unit, the units that it spawned and the
 * counters of its revision, and never anything that grows with the asset.
 *
 *   store        key                         lives
 *   assets       asset                       for ever: the newest revision, and how far the asset was removed
 *   revisions    asset, revision             until its claim is released
 *   plans        asset, revision             the same
 *   units        asset, revision, unit, task until the revision's document is written; of a partial one, until its claim is released
 *   closed       asset, revision             as long as a topic may hold a late repeat (time to live)
 */
import type { AdmissionOutcome, AssetAdmitted } from '../../schemas/index.ts';
import type { Entries } from './entries.ts';
import type { UnitOutcome } from './unit-outcome.ts';

export interface AssetEntry {
  /** The newest revision that was admitted; 0 for none. */
  readonly current: number;
  /** Every revision up to this one was removed; 0 for none. */
  readonly removedThrough: number;
}

export interface RevisionEntry {
  /** `null`: insights came in before the plan. */
  readonly outcome: AdmissionOutcome | null;
  /** Removed, or a newer revision took over: it is only watched until nothing of it is in flight. */
  readonly doomed: boolean;
  /** An insight came in. */
  readonly started: boolean;
  /** Its document is written. */
  readonly done: boolean;
  /** As PARTIAL: work that is done after all is still taken in. */
  readonly partial: boolean;
  /** Units and tasks that are expected and not in yet. */
  readonly outstanding: number;
  readonly segments: number;
  /** Segments that are decoded. */
  readonly decoded: number;
}

export interface UnitEntry {
  readonly expected: boolean;
  /** `null`: not in yet. */
  readonly outcome: UnitOutcome | null;
}

export interface AssemblyStores {
  readonly assets: Entries<AssetEntry>;
  readonly revisions: Entries<RevisionEntry>;
  readonly plans: Entries<AssetAdmitted>;
  readonly units: Entries<UnitEntry>;
  readonly closed: Entries<AdmissionOutcome>;
}

export const NEW_ASSET: AssetEntry = { current: 0, removedThrough: 0 };
export const NEW_REVISION: RevisionEntry = { outcome: null, doomed: false, started: false, done: false, partial: false, outstanding: 0, segments: 0, decoded: 0 };
