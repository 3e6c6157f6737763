/** What assembly wants done: the topology sends each to its topic, in the same commit as the state. */
import type { AssetAdmitted, AssetDocument, AuditEvent, AuditType, ContentClaim } from '../../schemas/index.ts';

export type AssemblyEffect =
  | { readonly type: 'document'; readonly document: AssetDocument }
  /** The asset is removed, up to and including a revision. */
  | { readonly type: 'removed'; readonly assetId: string; readonly revision: number; readonly library: string }
  /** Nothing of this revision is in flight any more, and it needs its content no longer. */
  | { readonly type: 'release'; readonly claim: ContentClaim }
  | { readonly type: 'audit'; readonly event: AuditEvent };

type Released = Omit<ContentClaim, 'action' | 'attributes' | 'sourceIdentity'>;

/** The release of the claim that an admission stands for. */
export function releaseOf({ assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes, submittedAtMs }: Released): AssemblyEffect {
  return {
    type: 'release',
    claim: { action: 'RELEASE', assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes, submittedAtMs, attributes: {}, sourceIdentity: null },
  };
}

/** The same, where only a late insight is left to tell of the claim. */
export function releaseAgain(insight: Pick<Released, 'assetId' | 'revision' | 'library' | 'priority' | 'contentHash'>): AssemblyEffect {
  return releaseOf({ ...insight, sourceUri: '', fileName: '', sizeBytes: 0, submittedAtMs: 0 });
}

export function auditOf(subject: Pick<AssetAdmitted, 'assetId' | 'revision' | 'library'>, type: AuditType, detail: string, atMs: number): AssemblyEffect {
  const { assetId, revision, library } = subject;
  return { type: 'audit', event: { assetId, revision, library, type, detail, atMs } };
}
