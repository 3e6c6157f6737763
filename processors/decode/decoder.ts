/**
 * Decodes one segment: frames, sound and text go to the blob store or into units, and insights say what came of it.
 * Pure of Kafka, and deterministic: the same segment gives the same units, keys and ids.
 *
 * Damage. What decodes is kept. A segment fails (the promise rejects, the record is dead-lettered, `failed` speaks for
 * it) only when *nothing* came out of it. When something did and ffmpeg complained, DECODE is OK with a reason that
 * names the damage; assembly takes a reason for what it is and calls the asset PARTIAL. One of picture and sound may
 * well be over before the other is: that is no damage.
 *
 * Cost. ffmpeg runs in at most `concurrency` processes; picture and sound of a segment are two, so that neither waits
 * for the other. A segment of a minute holds 7 MB of small frames and 5 to 15 MB of JPEGs in memory while its shots are
 * found, and twice `concurrency` segments may do so at a time; the others wait without memory.
 * No temporary files: everything flows through pipes, so there is nothing to remove after a crash.
 */
import { availableParallelism } from 'node:os';
import { MillraceError, reasonOf, toMillraceError } from '../../connectors/ports/index.ts';
import type { BlobStore, MediaSource, SourceOpeners } from '../../connectors/ports/index.ts';
import type { TextUnit, WorkSegment } from '../../schemas/index.ts';
import type { ModelHost } from '../inference/index.ts';
import { insightOf } from '../insight.ts';
import { decodeAudio } from './decode-audio.ts';
import { decodeVideo } from './decode-video.ts';
import { createFfmpeg, Gate, STREAM_FORMATS } from './ffmpeg/index.ts';
import type { Ffmpeg, Probe } from './ffmpeg/index.ts';
import { decodeImage } from './image/image-frame.ts';
import { compileMediaLimits } from './limits.ts';
import type { MediaLimitsOptions } from './limits.ts';
import { DECODE_LINEAGE, shotsLineage } from './lineage.ts';
import { createSourceVerifier, FILE_SOURCES, withSource } from './source/index.ts';
import { joinCues, readSubtitles } from './subtitles/index.ts';
import type { Cue } from './subtitles/index.ts';
import { MAX_PASSAGES, readDocument } from './text/index.ts';
import { frameOf, spawnedBy, textUnitOf } from './units.ts';
import type { Decoded } from './units.ts';

export interface DecoderOptions {
  readonly blobs: BlobStore;
  readonly models: ModelHost;
  readonly limits?: MediaLimitsOptions;
  /** ffmpeg processes at a time. @default the number of cores */
  readonly concurrency?: number;
  /** @default file: only */
  readonly sources?: SourceOpeners;
}

export type Decode = (segment: WorkSegment, options?: { readonly signal?: AbortSignal }) => Promise<Decoded>;

export function createDecoder(options: DecoderOptions): Decode {
  const limits = compileMediaLimits(options.limits);
  const concurrency = options.concurrency ?? availableParallelism();
  const ffmpeg = createFfmpeg({ limits, concurrency });
  const inMemory = new Gate(2 * concurrency);
  const verify = createSourceVerifier();
  const probes = rememberProbes(ffmpeg);
  const sources = options.sources ?? FILE_SOURCES;
  return (segment, { signal } = {}) => withSource(segment.sourceUri, sources, async (source) => {
    await verify(source, segment);
    const context: SegmentContext = { ...options, ffmpeg, source, segment, signal };
    switch (segment.mediaKind) {
      case 'VIDEO':
      case 'AUDIO':
        return inMemory.run(async () => decodeStreams({ ...context, probe: await probes(source, segment.contentHash, signal) }), signal);
      case 'IMAGE':
        return decodePhotograph(context);
      case 'TEXT':
        return decodeDocument(context, limits.maxTextBytes);
    }
  });
}

/** What stands for a segment that could not be decoded: a FAILED insight for each of its tasks. */
export function failed(segment: WorkSegment, error: MillraceError): Decoded {
  const reason = reasonOf(error);
  return {
    frames: [], audioChunks: [], textUnits: [],
    insights: [
      insightOf(segment, segment, { task: 'DECODE', status: 'FAILED', reason, lineage: DECODE_LINEAGE }),
      ...(segment.mediaKind === 'VIDEO' ? [insightOf(segment, segment, { task: 'SHOTS', status: 'FAILED', reason, lineage: shotsLineage(undefined) })] : []),
    ],
  };
}

interface SegmentContext {
  readonly blobs: BlobStore;
  readonly models: ModelHost;
  readonly ffmpeg: Ffmpeg;
  readonly source: MediaSource;
  readonly segment: WorkSegment;
  readonly signal: AbortSignal | undefined;
}

async function decodeStreams(context: SegmentContext & { readonly probe: Probe }): Promise<Decoded> {
  const { ffmpeg, source, probe, segment, signal } = context;
  const withSubtitles = segment.segmentIndex === 0 && segment.subtitleStreams.length > 0;
  // All are waited for, so that no process outlives the failure of its neighbour and the descriptor stays open.
  const [videoEnd, audioEnd, subtitlesEnd] = await Promise.allSettled([
    segment.mediaKind === 'VIDEO' ? decodeVideo(context) : Promise.resolve(undefined),
    segment.hasAudio ? decodeAudio(context) : Promise.resolve(undefined),
    withSubtitles ? readSubtitles(ffmpeg, source, probe, segment.subtitleStreams, signal) : Promise.resolve(undefined),
  ]);
  const [video, audio, subtitles] = [valueOf(videoEnd), valueOf(audioEnd), valueOf(subtitlesEnd)];
  const textUnits = subtitles?.flatMap((cues, track) => cueUnits(segment, cues, track)) ?? [];
  const damage = [video?.damage, audio?.damage].find((reason) => reason !== null && reason !== undefined) ?? null;
  const anything = video?.decoded === true || audio?.decoded === true || textUnits.length > 0;
  if (!anything) throw new MillraceError('MILL_MEDIA_CORRUPT', `Nothing could be decoded of ${segment.fileName}${placeOf(segment)}: ${damage ?? 'it holds no picture and no sound there'}`);
  const units = { frames: video?.frames ?? [], audioChunks: audio?.chunks ?? [], textUnits };
  return {
    ...units,
    insights: [
      insightOf(segment, segment, {
        task: 'DECODE', status: 'OK', lineage: DECODE_LINEAGE, spawned: spawnedBy(units), computeMs: (video?.computeMs ?? 0) + (audio?.computeMs ?? 0),
        reason: damage === null ? null : `The source is damaged: ${damage}`,
      }),
      ...(video === undefined ? [] : [video.shots]),
    ],
  };
}

const placeOf = ({ startMs, endMs, segmentCount }: WorkSegment): string => (segmentCount === 1 ? '' : ` from ${startMs ?? 0} to ${endMs ?? 0} ms`);

function valueOf<T>(end: PromiseSettledResult<T>): T {
  if (end.status === 'rejected') throw toMillraceError(end.reason);
  return end.value;
}

function cueUnits(segment: WorkSegment, cues: readonly Cue[], track: number): TextUnit[] {
  const suffix = track === 0 ? '' : `:${track}`;
  return cues.slice(0, MAX_PASSAGES).map((cue) => textUnitOf(segment, { unitId: `subtitle:${cue.startMs}${suffix}`, origin: 'SUBTITLE', ...cue }));
}

async function decodePhotograph({ blobs, ffmpeg, source, segment, signal }: SegmentContext): Promise<Decoded> {
  const startedAt = performance.now();
  const { jpeg, width, height, damage } = await decodeImage(ffmpeg, source, segment.fileName, signal);
  const blobKey = await blobs.put(segment.contentHash, 'jpg', jpeg);
  const units = { frames: [frameOf(segment, { timeMs: null, shot: undefined, blobKey, width, height, shotsLineage: undefined })], audioChunks: [], textUnits: [] };
  return {
    ...units,
    insights: [insightOf(segment, segment, { task: 'DECODE', status: 'OK', reason: damage, lineage: DECODE_LINEAGE, spawned: spawnedBy(units), computeMs: performance.now() - startedAt })],
  };
}

async function decodeDocument({ source, segment }: SegmentContext, maxTextBytes: number): Promise<Decoded> {
  const startedAt = performance.now();
  const document = await readDocument(source, segment.fileName, maxTextBytes);
  const textUnits = document.type === 'cues'
    ? cueUnits(segment, joinCues(document.cues), 0)
    : document.passages.map(({ text, charStart }, index) => textUnitOf(segment, { unitId: `document:${index}`, origin: 'DOCUMENT', text, charStart }));
  const units = { frames: [], audioChunks: [], textUnits };
  const reason = document.type === 'passages' && document.truncated ? `Only the first ${MAX_PASSAGES} passages of the document are searchable` : null;
  return {
    ...units,
    insights: [insightOf(segment, segment, { task: 'DECODE', status: 'OK', reason, lineage: DECODE_LINEAGE, spawned: spawnedBy(units), computeMs: performance.now() - startedAt })],
  };
}

const REMEMBERED_PROBES = 256;

/** A film is probed once, not once a segment. */
function rememberProbes(ffmpeg: Ffmpeg): (source: MediaSource, contentHash: string, signal: AbortSignal | undefined) => Promise<Probe> {
  const known = new Map<string, Probe>();
  return async (source, contentHash, signal) => {
    const remembered = known.get(contentHash);
    if (remembered !== undefined) return remembered;
    const probe = await ffmpeg.probe(source, { formats: STREAM_FORMATS, signal });
    known.set(contentHash, probe);
    const oldest = known.keys().next();
    if (known.size > REMEMBERED_PROBES && oldest.done !== true) known.delete(oldest.value);
    return probe;
  };
}
