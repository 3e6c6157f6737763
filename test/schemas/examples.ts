/** One full record of every schema, for the tests of this folder. */
import type { SchemaTypes } from '../../schemas/index.ts';

const asset = { assetId: 'asset-1', revision: 3, library: 'default', priority: 'LIVE', contentHash: 'ab'.repeat(32) } as const;
const named = { sourceUri: 'file:///films/ümlaut.mp4', fileName: 'ümlaut.mp4', sizeBytes: 9_007_199_254_740_000 } as const;

export const vector = Float32Array.from({ length: 384 }, (_, index) => Math.sin(index));

export const examples: SchemaTypes = {
  AssetSubmitted: { eventId: 'e1', assetId: 'asset-1', library: 'default', priority: 'BULK', ...named, modifiedAtMs: null, submittedAtMs: 1, attributes: { site: 'Zürich', __proto: 'x' } },
  ContentClaim: { action: 'CLAIM', ...asset, ...named, submittedAtMs: 5, attributes: {}, sourceIdentity: '1:2:3' },
  AssetAdmitted: {
    ...asset, ...named, outcome: 'ADMITTED', duplicateOf: null, reason: null, mediaKind: 'VIDEO', container: 'mov,mp4', durationMs: 60_000, width: 1280, height: 720,
    metadata: [{ namespace: 'container', key: 'title', value: 'Harbour' }], segmentCount: 1, submittedAtMs: 1, admittedAtMs: 2,
  },
  WorkSegment: {
    ...asset, sourceUri: named.sourceUri, fileName: named.fileName, mediaKind: 'VIDEO', unitId: 'segment:0', segmentIndex: 0, segmentCount: 1, startMs: 0, endMs: 60_000, durationMs: 60_000,
    hasVideo: true, hasAudio: false, subtitleStreams: [2, 3], frameRate: 25, width: 1280, height: 720, sourceIdentity: null,
  },
  Frame: { ...asset, mediaKind: 'VIDEO', unitId: 'frame:1500', timeMs: 1500, shotStartMs: 0, shotEndMs: 3000, blobKey: 'ab/cd.jpg', width: 640, height: 360, lineage: '0'.repeat(16) },
  AudioChunk: { ...asset, mediaKind: 'AUDIO', unitId: 'audio:0', startMs: 0, endMs: 30_000, blobKey: 'ab/cd.pcm', sampleRateHz: 16_000, lineage: '0'.repeat(16) },
  TextUnit: {
    ...asset, mediaKind: 'TEXT', unitId: 'document:0', origin: 'DOCUMENT', text: 'Grüße 👋 from the harbour', startMs: null, endMs: null, charStart: 0, frameBlobKey: null, tags: ['boat'], lineage: '0'.repeat(16),
  },
  Insight: {
    insightId: 'f'.repeat(32), ...asset, mediaKind: 'VIDEO', unitId: 'frame:1500', task: 'IMAGE_EMBEDDING', status: 'OK', reason: null,
    model: { name: 'image-text', version: '1.0.0', digest: 'cd'.repeat(32) }, lineage: '0'.repeat(16), startMs: 0, endMs: 3000, confidence: null, computeMs: 12.5,
    spawned: [{ unitId: 'screen:1500', tasks: ['TEXT_EMBEDDING'] }],
    result: { type: 'ImageEmbedding', vector, blobKey: 'ab/cd.jpg', width: 640, height: 360, tags: ['boat', 'harbour'] },
    producedAtMs: 7,
  },
  AssetDocument: {
    ...asset, ...named, mediaKind: 'VIDEO', state: 'PARTIAL', reasons: ['no speech model'], duplicateOf: null, container: 'mov,mp4', durationMs: 60_000, width: 1280, height: 720, metadata: [],
    tags: [{ label: 'boat', confidence: 0.75, count: 2 }], shots: [{ startMs: 0, endMs: 3000 }], transcript: null, insightCount: 4, computeMs: 99.5, models: ['image-text@1.0.0'], submittedAtMs: 1, completedAtMs: 9,
  },
  AuditEvent: { assetId: 'asset-1', revision: 0, library: 'default', type: 'ADMITTED', detail: '', atMs: -1 },
  DeadLetter: { id: 'media.work/0/7', assetId: null, topic: 'media.work', partition: 0, offset: 7, code: 'MILL_MEDIA_CORRUPT', message: 'broken', stacktrace: null, node: 'decode', atMs: 3 },
};
