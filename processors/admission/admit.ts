/**
 * Admission of a content: sniff, probe, read its metadata, plan its segments. The file is opened once; every step reads
 * through that descriptor. Each step refuses more than the next one could bear:
 *
 *   sniff (our own reads) -> playlists, SVG, empty, text, foreign formats never reach a parser
 *   -> ffprobe or libvips, bounded (header only) -> pixel, stream and duration limits -> plan
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { MediaSource, SourceOpeners } from '../../connectors/ports/index.ts';
import { compileMediaLimits, createFfmpeg, FILE_SOURCES, withSource } from '../decode/index.ts';
import type { Ffmpeg, MediaLimitsOptions } from '../decode/index.ts';
import type { AssetAdmitted, ContentClaim, WorkSegment } from '../../schemas/index.ts';
import { STILL } from './facts.ts';
import type { MediaFacts } from './facts.ts';
import { inspectImage } from './inspect-image.ts';
import { inspectStream } from './inspect-stream.ts';
import { MetadataList } from './metadata/entries.ts';
import { planSpans } from './plan.ts';
import { sniff } from './sniff/sniff.ts';

export interface AdmitOptions {
  readonly limits?: MediaLimitsOptions;
  /** Length of a segment, 10 s to 5 min. @default 60 s */
  readonly segmentMs?: number;
  /** Shared, so that its bound on processes holds for all. @default one of its own */
  readonly ffmpeg?: Ffmpeg;
  /** @default file: only */
  readonly sources?: SourceOpeners;
  readonly signal?: AbortSignal;
}

export interface Admission {
  readonly admitted: AssetAdmitted;
  readonly segments: readonly WorkSegment[];
}

const MIN_SEGMENT_MS = 10_000;
const MAX_SEGMENT_MS = 300_000;

/**
 * @throws MillraceError of kind `media`: MILL_MEDIA_EMPTY, _UNRECOGNIZED, _CORRUPT, _FORBIDDEN, _LIMIT, or
 * MILL_SOURCE_NOT_FOUND, _SCHEME, _CHANGED; MILL_TIMEOUT; MILL_FFMPEG_MISSING
 */
export async function admitContent(claim: ContentClaim, options: AdmitOptions = {}): Promise<Admission> {
  const segmentMs = options.segmentMs ?? 60_000;
  if (!Number.isInteger(segmentMs) || segmentMs < MIN_SEGMENT_MS || segmentMs > MAX_SEGMENT_MS) {
    throw new MillraceError('MILL_CONFIG_INVALID', `segmentMs: must be a whole number from ${MIN_SEGMENT_MS} to ${MAX_SEGMENT_MS}`);
  }
  const ffmpeg = options.ffmpeg ?? createFfmpeg({ limits: compileMediaLimits(options.limits) });
  return withSource(claim.sourceUri, options.sources ?? FILE_SOURCES, async (source) => {
    if (source.sizeBytes !== claim.sizeBytes) throw new MillraceError('MILL_SOURCE_CHANGED', 'The source has another size than when it was hashed');
    const list = new MetadataList();
    const { fileName } = claim;
    for (const [key, value] of Object.entries(claim.attributes)) list.add('attribute', key, value);
    const facts = await inspect(ffmpeg, source, fileName, list, options.signal);
    const segments = segmentsOf(claim, facts, segmentMs);
    return { admitted: admittedOf(claim, facts, list, segments.length), segments };
  });
}

async function inspect(ffmpeg: Ffmpeg, source: MediaSource, fileName: string, list: MetadataList, signal: AbortSignal | undefined): Promise<MediaFacts> {
  const sniffed = await sniff(source, fileName, ffmpeg.limits);
  if (sniffed.type === 'text') return { ...STILL, mediaKind: 'TEXT', container: sniffed.encoding };
  if (sniffed.type === 'stream') return inspectStream(ffmpeg, source, sniffed.format, list, signal);
  const image = await inspectImage(ffmpeg, source, sniffed.format, list, signal);
  // An animation is a short film; one frame, whatever the format could hold, is an image. (An animated WebP is an
  // image as well: ffmpeg does not decode it.)
  return Math.max(image.frames, sniffed.frames) > 1 ? inspectStream(ffmpeg, source, sniffed.format, list, signal) : image;
}

function segmentsOf(claim: ContentClaim, facts: MediaFacts, segmentMs: number): WorkSegment[] {
  const { durationMs } = facts;
  const spans = durationMs === null ? [{ startMs: null, endMs: null }] : planSpans(durationMs, segmentMs);
  return spans.map(({ startMs, endMs }, segmentIndex) => ({
    assetId: claim.assetId,
    revision: claim.revision,
    library: claim.library,
    priority: claim.priority,
    contentHash: claim.contentHash,
    sourceUri: claim.sourceUri,
    fileName: claim.fileName,
    mediaKind: facts.mediaKind,
    unitId: `segment:${segmentIndex}`,
    segmentIndex,
    segmentCount: spans.length,
    startMs,
    endMs,
    durationMs,
    hasVideo: facts.hasVideo,
    hasAudio: facts.hasAudio,
    subtitleStreams: facts.subtitleStreams,
    frameRate: facts.frameRate,
    width: facts.width,
    height: facts.height,
    sourceIdentity: claim.sourceIdentity,
  }));
}

function admittedOf(claim: ContentClaim, facts: MediaFacts, list: MetadataList, segmentCount: number): AssetAdmitted {
  return {
    assetId: claim.assetId,
    revision: claim.revision,
    library: claim.library,
    priority: claim.priority,
    contentHash: claim.contentHash,
    sourceUri: claim.sourceUri,
    fileName: claim.fileName,
    sizeBytes: claim.sizeBytes,
    outcome: 'ADMITTED',
    duplicateOf: null,
    reason: null,
    mediaKind: facts.mediaKind,
    container: facts.container,
    durationMs: facts.durationMs,
    width: facts.width,
    height: facts.height,
    metadata: list.entries,
    segmentCount,
    submittedAtMs: claim.submittedAtMs,
    admittedAtMs: Date.now(),
  };
}
