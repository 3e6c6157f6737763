/**
 * The register of assets: decides what a media event means for its asset. One entry an asset, read and written in one
 * place, after the source was hashed; so two events of one asset in flight cannot race, whatever their sources took.
 *
 *   event                          the register knows            then
 *   submission, same bytes         the asset, and they are equal UNCHANGED; nothing is processed
 *   submission, same bytes         that they were rejected, and  revision + 1, CLAIM: another try
 *                                  the fault may not be theirs
 *   submission, other bytes or     anything                      revision + 1, CLAIM of the content. The claim of the
 *   other attributes                                             old revision is released by assembly, when nothing of
 *                                                                it is in flight
 *   submission, unreadable source  that it was so before, for    UNCHANGED
 *                                  the same reason
 *   submission, unreadable source  anything else                 revision + 1, REJECTED
 *   removal                        the asset                     removed through its revision, which stays: submitted
 *                                                                again, it has a higher one
 *   removal                        nothing, or that it is gone   an audit event, nothing else
 */
import { createHash } from 'node:crypto';
import type { Entries } from '../../../processors/assembly/index.ts';
import type { AssetAdmitted, AssetSubmitted, AuditEvent, AuditType, ContentClaim } from '../../../schemas/index.ts';
import type { Removal } from '../headers.ts';

export interface AssetRecord {
  readonly revision: number;
  readonly removed: boolean;
  readonly library: string;
  /** `null`: its source could not be read. */
  readonly contentHash: string | null;
  readonly sourceUri: string;
  readonly sizeBytes: number;
  /** Of the source when it was hashed. */
  readonly sourceIdentity?: string | null;
  readonly modifiedAtMs: number | null;
  /** Digest of what the producer says of it besides its bytes. */
  readonly description: string;
  /** Why admission rejected this revision. */
  readonly rejected: string | null;
}

export interface SourceHash {
  readonly contentHash: string;
  readonly sizeBytes: number;
  /** @default null: unknown */
  readonly sourceIdentity?: string | null;
}

export type RegisterEffect =
  | { readonly type: 'claim'; readonly claim: ContentClaim }
  | { readonly type: 'admitted'; readonly admitted: AssetAdmitted }
  | { readonly type: 'removed'; readonly assetId: string; readonly removal: Removal }
  | { readonly type: 'audit'; readonly event: AuditEvent };

/** The hash of a source that has the size and time of change that it had when it was hashed. */
export function rememberedHash(record: AssetRecord, event: AssetSubmitted): SourceHash | null {
  const { contentHash, sizeBytes, sourceIdentity = null } = record;
  return contentHash !== null && isUntouched(record, event) ? { contentHash, sizeBytes, sourceIdentity } : null;
}

/** Why such a source could not be hashed, where that was its own fault. */
export function rememberedFault(record: AssetRecord, event: AssetSubmitted): string | null {
  const { contentHash, rejected, removed } = record;
  return !removed && contentHash === null && rejected !== null && isFaultOfFile(rejected) && isUntouched(record, event) ? rejected : null;
}

function isUntouched({ sourceUri, sizeBytes, modifiedAtMs }: AssetRecord, event: AssetSubmitted): boolean {
  return event.modifiedAtMs !== null && sourceUri === event.sourceUri && sizeBytes === event.sizeBytes && modifiedAtMs === event.modifiedAtMs;
}

export class AssetRegister {
  readonly #assets: Entries<AssetRecord>;
  readonly #nowMs: () => number;

  constructor(assets: Entries<AssetRecord>, nowMs: () => number) {
    this.#assets = assets;
    this.#nowMs = nowMs;
  }

  /** A submission whose source was hashed. */
  async submitted(event: AssetSubmitted, { contentHash, sizeBytes, sourceIdentity = null }: SourceHash): Promise<RegisterEffect[]> {
    const { assetId, library, priority, sourceUri, fileName, modifiedAtMs, submittedAtMs, attributes } = event;
    const record = await this.#assets.get(assetId);
    const seen = { removed: false, library, contentHash, sourceUri, sizeBytes, sourceIdentity, modifiedAtMs, description: describe(event) };
    if (record !== undefined && isSame(record, seen) && (record.rejected === null || isFaultOfFile(record.rejected))) {
      this.#assets.put(assetId, { ...record, ...seen });
      return [this.#unchanged(assetId, record)];
    }
    const revision = (record?.revision ?? 0) + 1;
    this.#assets.put(assetId, { ...seen, revision, rejected: null });
    const claim: ContentClaim = { action: 'CLAIM', assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes, submittedAtMs, attributes, sourceIdentity };
    return [{ type: 'claim', claim }];
  }

  /** A submission whose source cannot be read. */
  async unreadable(event: AssetSubmitted, reason: string): Promise<RegisterEffect[]> {
    const { assetId, library, priority, sourceUri, fileName, modifiedAtMs, submittedAtMs } = event;
    const record = await this.#assets.get(assetId);
    const sizeBytes = event.sizeBytes ?? 0;
    const seen = { removed: false, library, contentHash: null, sourceUri, sizeBytes, modifiedAtMs, description: describe(event), rejected: reason };
    if (record !== undefined && isSame(record, seen) && record.rejected === reason) {
      this.#assets.put(assetId, { ...record, ...seen });
      return [this.#unchanged(assetId, record)];
    }
    const revision = (record?.revision ?? 0) + 1;
    this.#assets.put(assetId, { ...seen, revision });
    const admitted: AssetAdmitted = {
      assetId, revision, library, priority, contentHash: '', sourceUri, fileName, sizeBytes, outcome: 'REJECTED', duplicateOf: null, reason,
      mediaKind: null, container: null, durationMs: null, width: null, height: null, metadata: [], segmentCount: 0,
      submittedAtMs, admittedAtMs: this.#nowMs(),
    };
    return [{ type: 'admitted', admitted }];
  }

  async removed(assetId: string): Promise<RegisterEffect[]> {
    const record = await this.#assets.get(assetId);
    if (record === undefined) return [this.#audit(assetId, 0, '', 'REMOVED', 'Nothing is known of this asset.')];
    const { revision, library } = record;
    if (record.removed) return [this.#audit(assetId, revision, library, 'REMOVED', 'It was removed before.')];
    this.#assets.put(assetId, { ...record, removed: true, contentHash: null, rejected: null });
    return [{ type: 'removed', assetId, removal: { throughRevision: revision, library } }];
  }

  /** A later step of admission rejected a revision: the next submission of the same bytes is told so. */
  async rejected(assetId: string, revision: number, reason: string): Promise<void> {
    const record = await this.#assets.get(assetId);
    if (record === undefined || record.removed || record.revision !== revision || record.rejected !== null) return;
    this.#assets.put(assetId, { ...record, rejected: reason });
  }

  #unchanged(assetId: string, { revision, library, rejected }: AssetRecord): RegisterEffect {
    return this.#audit(assetId, revision, library, 'UNCHANGED', rejected === null ? 'The source is as it was.' : `The source is as it was when it was rejected: ${rejected}`);
  }

  #audit(assetId: string, revision: number, library: string, type: AuditType, detail: string): RegisterEffect {
    return { type: 'audit', event: { assetId, revision, library, type, detail, atMs: this.#nowMs() } };
  }
}

function isSame(record: AssetRecord, seen: Pick<AssetRecord, 'contentHash' | 'description'>): boolean {
  return !record.removed && record.contentHash === seen.contentHash && record.description === seen.description;
}

/**
 * The bytes themselves are at fault. Anything else may pass another time: a file that could not be read, a limit that was
 * raised, ffmpeg that was missing, a time-out.
 */
const isFaultOfFile = (reason: string): boolean => /^MILL_MEDIA_(EMPTY|UNRECOGNIZED|CORRUPT|FORBIDDEN)\b/.test(reason);

function describe({ library, sourceUri, fileName, attributes }: AssetSubmitted): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify([library, sourceUri, fileName, sorted])).digest('hex').slice(0, 16);
}
