/**
 * The register of contents: which assets have the same bytes, and which of them is processed for all (the holder). Keyed
 * by content hash. Every CLAIM that was not rejected has one entry, until assembly releases it, which it does once, when
 * the revision is out of use and nothing of it is in flight. So the entries are a reference count that no repeat can
 * spoil, and the content's blobs go with the last of them.
 *
 *   record                                     then
 *   CLAIM, no holder                           it becomes the holder: ADMITTED and its work; waiting duplicates are told
 *   CLAIM, the holder is an older revision     the same: the older one stays an entry until it is released
 *     of the asset
 *   CLAIM, another asset holds it              DUPLICATE of that asset; it waits
 *   CLAIM that has an entry, or had one        a repeat: nothing
 *   CLAIM whose probe failed                   REJECTED, without an entry: the next claim probes again
 *   RELEASE of the holder                      the longest waiting duplicate becomes the holder
 *   RELEASE that leaves no entry               the blobs and the plan are dropped; so is what a late stage may have
 *                                              written since, when the release is repeated
 *
 * The plan (kind, metadata, segments) is of the content, so it is made once, by probing the first claim's source, and
 * fitted to each asset that is processed for it.
 */
import type { Entries } from '../../../processors/assembly/index.ts';
import type { AssetAdmitted, ContentClaim, WorkSegment } from '../../../schemas/index.ts';
import { admittedFor, rejectedFor, segmentsFor } from './content-plan.ts';
import type { ContentPlan } from './content-plan.ts';

export interface Holder {
  readonly assetId: string;
  readonly revision: number;
}

export interface ClaimEntry {
  readonly claim: ContentClaim;
  /** It is or was the holder: work of it may be in flight, and it waits for nothing. */
  readonly admitted: boolean;
}

export interface ContentStores {
  readonly plans: Entries<ContentPlan>;
  readonly holders: Entries<Holder>;
  readonly claims: Entries<ClaimEntry>;
  /** Claims that were released, for as long as a topic may hold a late repeat of one (time to live). */
  readonly released: Entries<true>;
}

export type ContentEffect =
  | { readonly type: 'admitted'; readonly admitted: AssetAdmitted }
  | { readonly type: 'work'; readonly segment: WorkSegment }
  /** Nothing refers to the content any more. */
  | { readonly type: 'drop'; readonly contentHash: string };

const prefixOf = (contentHash: string): Buffer => Buffer.from(`${contentHash}\0`);
const keyOf = ({ contentHash, assetId, revision }: ContentClaim): string => `${contentHash}\0${assetId}\0${revision}`;

export class ContentRegister {
  readonly #stores: ContentStores;
  readonly #nowMs: () => number;

  constructor(stores: ContentStores, nowMs: () => number) {
    this.#stores = stores;
    this.#nowMs = nowMs;
  }

  async claimed(claim: ContentClaim, plan: ContentPlan): Promise<ContentEffect[]> {
    const { claims, holders, plans, released } = this.#stores;
    const { contentHash, assetId, revision } = claim;
    if ((await claims.get(keyOf(claim))) !== undefined || (await released.get(keyOf(claim))) !== undefined) return [];
    const holder = await holders.get(contentHash);
    if (holder === undefined || (holder.assetId === assetId && holder.revision < revision)) {
      if ((await plans.get(contentHash)) === undefined) plans.put(contentHash, plan);
      return this.#promote(claim, plan, holder);
    }
    claims.put(keyOf(claim), { claim, admitted: false });
    return [this.#duplicate(claim, plan, holder)];
  }

  /** The source of a claim could not be probed. */
  rejected(claim: ContentClaim, reason: string): ContentEffect[] {
    return [{ type: 'admitted', admitted: rejectedFor(claim, reason, this.#nowMs()) }];
  }

  async released(claim: ContentClaim): Promise<ContentEffect[]> {
    const { claims, holders, plans, released } = this.#stores;
    const { contentHash, assetId, revision } = claim;
    claims.delete(keyOf(claim));
    released.put(keyOf(claim), true);
    const left = await this.#entries(contentHash);
    const holder = await holders.get(contentHash);
    if (holder?.assetId === assetId && holder.revision === revision) {
      holders.delete(contentHash);
      const next = longestWaiting(left);
      const plan = await plans.get(contentHash);
      if (next !== undefined && plan !== undefined) return this.#promote(next, plan, holder);
    }
    if (left.length > 0) return [];
    plans.delete(contentHash);
    return [{ type: 'drop', contentHash }];
  }

  /** Makes a claim the holder, and tells those that wait who stands for them now. */
  async #promote(claim: ContentClaim, plan: ContentPlan, former: Holder | undefined): Promise<ContentEffect[]> {
    const { claims, holders } = this.#stores;
    const { contentHash, assetId, revision } = claim;
    const holder = { assetId, revision };
    holders.put(contentHash, holder);
    claims.put(keyOf(claim), { claim, admitted: true });
    const waiting = former?.assetId === assetId ? [] : await this.#entries(contentHash);
    return [
      { type: 'admitted', admitted: admittedFor(claim, plan, this.#nowMs()) },
      ...segmentsFor(claim, plan).map((segment) => ({ type: 'work' as const, segment })),
      ...waiting.filter((entry) => !entry.admitted && entry.claim.assetId !== assetId).map((entry) => this.#duplicate(entry.claim, plan, holder)),
    ];
  }

  #duplicate(claim: ContentClaim, plan: ContentPlan, holder: Holder): ContentEffect {
    return { type: 'admitted', admitted: admittedFor(claim, plan, this.#nowMs(), holder.assetId) };
  }

  async #entries(contentHash: string): Promise<ClaimEntry[]> {
    const entries: ClaimEntry[] = [];
    for await (const [, entry] of this.#stores.claims.prefix(prefixOf(contentHash))) entries.push(entry);
    return entries;
  }
}

/** Of an asset that waits with two revisions, the newer counts: the older is about to be released. */
function longestWaiting(entries: readonly ClaimEntry[]): ContentClaim | undefined {
  const newest = new Map<string, ContentClaim>();
  for (const { claim, admitted } of entries) {
    const other = newest.get(claim.assetId);
    if (!admitted && (other === undefined || other.revision < claim.revision)) newest.set(claim.assetId, claim);
  }
  const first = (a: ContentClaim, b: ContentClaim): number => a.submittedAtMs - b.submittedAtMs || (a.assetId < b.assetId ? -1 : 1);
  return [...newest.values()].sort(first)[0];
}
