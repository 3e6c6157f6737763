/**
 * The register of assets: decides what a media event means for its asset. One entry an asset, read and written in one
 * place, after the source was hashed; so two events of one asset in flight cannot race, whatever their sources took.
 *
 *   event                          the register knows            then
 *   submission, same bytes         the asset, and they are equal UNCHANGED; nothing is processed
 *   submission, same bytes         that they were rejected for   revision + 1, CLAIM: another try
 *                                  a fault that is not theirs
 *   submission, other bytes or     anything                      revision + 1, CLAIM of the content. The claim of the
 *   other attributes                                             old revision is released by assembly, when nothing of
 *                                                                it is in flight
 *   submission, unreadable source  anything                      revision + 1, REJECTED; the next submission tries again
 *   removal                        the asset                     removed through its revision, which stays: submitted
 *                                                                again, it has a higher one
 *   removal                        nothing, or that it is gone   an audit event, nothing else
 */
import { createHash } from 'node:crypto';
import { ERROR_CODES } from '../../../connectors/ports/index.ts';
import type { ErrorCode } from '../../../connectors/ports/index.ts';
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
  readonly modifiedAtMs: number | null;
  /** Digest of what the producer says of it besides its bytes. */
  readonly description: string;
  /** Why admission rejected this revision. */
  readonly rejected: string | null;
}

export interface SourceHash {
  readonly contentHash: string;
  readonly sizeBytes: number;
}

export type RegisterEffect =
  | { readonly type: 'claim'; readonly claim: ContentClaim }
  | { readonly type: 'admitted'; readonly admitted: AssetAdmitted }
  | { readonly type: 'removed'; readonly assetId: string; readonly removal: Removal }
  | { readonly type: 'audit'; readonly event: AuditEvent };

/** The hash of a source that has the size and time of change that it had when it was hashed. */
export function rememberedHash(record: AssetRecord | undefined, event: AssetSubmitted): SourceHash | null {
  if (record === undefined || record.contentHash === null || event.modifiedAtMs === null) return null;
  const same = record.sourceUri === event.sourceUri && record.sizeBytes === event.sizeBytes && record.modifiedAtMs === event.modifiedAtMs;
  return same ? { contentHash: record.contentHash, sizeBytes: record.sizeBytes } : null;
}

export class AssetRegister {
  readonly #assets: Entries<AssetRecord>;
  readonly #nowMs: () => number;

  constructor(assets: Entries<AssetRecord>, nowMs: () => number) {
    this.#assets = assets;
    this.#nowMs = nowMs;
  }

  /** A submission whose source was hashed. */
  async submitted(event: AssetSubmitted, { contentHash, sizeBytes }: SourceHash): Promise<RegisterEffect[]> {
    const { assetId, library, priority, sourceUri, fileName, modifiedAtMs, submittedAtMs, attributes } = event;
    const record = await this.#assets.get(assetId);
    const seen = { removed: false, library, contentHash, sourceUri, sizeBytes, modifiedAtMs, description: describe(event) };
    if (record !== undefined && isSame(record, seen) && !isWorthAnotherTry(record.rejected)) {
      this.#assets.put(assetId, { ...record, ...seen });
      const detail = record.rejected === null ? 'The source is as it was.' : `The source is as it was when it was rejected: ${record.rejected}`;
      return [this.#audit(assetId, record.revision, library, 'UNCHANGED', detail)];
    }
    const revision = (record?.revision ?? 0) + 1;
    this.#assets.put(assetId, { ...seen, revision, rejected: null });
    const claim: ContentClaim = { action: 'CLAIM', assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes, submittedAtMs, attributes };
    return [{ type: 'claim', claim }];
  }

  /** A submission whose source cannot be read. */
  async unreadable(event: AssetSubmitted, reason: string): Promise<RegisterEffect[]> {
    const { assetId, library, priority, sourceUri, fileName, modifiedAtMs, submittedAtMs } = event;
    const revision = ((await this.#assets.get(assetId))?.revision ?? 0) + 1;
    const sizeBytes = event.sizeBytes ?? 0;
    this.#assets.put(assetId, {
      revision, removed: false, library, contentHash: null, sourceUri, sizeBytes, modifiedAtMs, description: describe(event), rejected: reason,
    });
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

  #audit(assetId: string, revision: number, library: string, type: AuditType, detail: string): RegisterEffect {
    return { type: 'audit', event: { assetId, revision, library, type, detail, atMs: this.#nowMs() } };
  }
}

function isSame(record: AssetRecord, seen: Pick<AssetRecord, 'contentHash' | 'description'>): boolean {
  return !record.removed && record.contentHash === seen.contentHash && record.description === seen.description;
}

/** The fault was of the machine (ffmpeg is missing, a time-out), so the same bytes may pass now. */
function isWorthAnotherTry(rejected: string | null): boolean {
  if (rejected === null) return false;
  const code = /^MILL_\w+/.exec(rejected)?.[0];
  return code === undefined || !(code in ERROR_CODES) || ERROR_CODES[code as ErrorCode].kind !== 'media';
}

function describe({ library, sourceUri, fileName, attributes }: AssetSubmitted): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify([library, sourceUri, fileName, sorted])).digest('hex').slice(0, 16);
}
