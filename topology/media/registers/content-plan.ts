/** The plan of a content, and how it is fitted to the assets that have the content. */
import type { AssetAdmitted, ContentClaim, MetadataEntry, WorkSegment } from '../../../schemas/index.ts';

/** What probing a source brings. */
export interface ContentPlan {
  readonly admitted: Pick<AssetAdmitted, 'mediaKind' | 'container' | 'durationMs' | 'width' | 'height' | 'metadata'>;
  readonly segments: readonly WorkSegment[];
}

/** An older version stored claims without the identity of their source. */
type StoredClaim = Omit<ContentClaim, 'sourceIdentity'> & Partial<Pick<ContentClaim, 'sourceIdentity'>>;

/** Metadata that is the producer's, and not of the bytes. */
const ATTRIBUTE = 'attribute';

type Common = Pick<AssetAdmitted, 'assetId' | 'revision' | 'library' | 'priority' | 'contentHash' | 'sourceUri' | 'fileName' | 'sizeBytes' | 'submittedAtMs'>;

const commonOf = ({ assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes, submittedAtMs }: ContentClaim): Common =>
  ({ assetId, revision, library, priority, contentHash, sourceUri, fileName, sizeBytes, submittedAtMs });

/** ADMITTED, or DUPLICATE of another asset. */
export function admittedFor(claim: ContentClaim, { admitted, segments }: ContentPlan, admittedAtMs: number, duplicateOf: string | null = null): AssetAdmitted {
  const { mediaKind, container, durationMs, width, height, metadata } = admitted;
  const own = Object.entries(claim.attributes).map(([key, value]): MetadataEntry => ({ namespace: ATTRIBUTE, key, value }));
  return {
    ...commonOf(claim),
    outcome: duplicateOf === null ? 'ADMITTED' : 'DUPLICATE',
    duplicateOf,
    reason: null,
    mediaKind, container, durationMs, width, height,
    metadata: [...metadata.filter(({ namespace }) => namespace !== ATTRIBUTE), ...own],
    segmentCount: duplicateOf === null ? segments.length : 0,
    admittedAtMs,
  };
}

export function rejectedFor(claim: ContentClaim, reason: string, admittedAtMs: number): AssetAdmitted {
  return {
    ...commonOf(claim),
    outcome: 'REJECTED', duplicateOf: null, reason,
    mediaKind: null, container: null, durationMs: null, width: null, height: null, metadata: [], segmentCount: 0, admittedAtMs,
  };
}

export function segmentsFor({ assetId, revision, library, priority, sourceUri, fileName, sourceIdentity = null }: StoredClaim, { segments }: ContentPlan): WorkSegment[] {
  return segments.map((segment) => ({ ...segment, assetId, revision, library, priority, sourceUri, fileName, sourceIdentity }));
}
