/** The records that leave decoding, built from the segment that they come from. */
import type { AudioChunk, Frame, Insight, Task, TextOrigin, TextUnit, UnitRef, WorkSegment } from '../../schemas/index.ts';
import { DECODE_LINEAGE, framesLineage } from './lineage.ts';
import { SAMPLE_RATE_HZ } from './audio/audio-pass.ts';

export interface Decoded {
  readonly frames: readonly Frame[];
  readonly audioChunks: readonly AudioChunk[];
  readonly textUnits: readonly TextUnit[];
  readonly insights: readonly Insight[];
}

type Identity = Pick<WorkSegment, 'assetId' | 'revision' | 'library' | 'priority' | 'contentHash' | 'mediaKind'>;

const identityOf = ({ assetId, revision, library, priority, contentHash, mediaKind }: WorkSegment): Identity => ({ assetId, revision, library, priority, contentHash, mediaKind });

export interface FrameParts {
  /** `null` for a photograph. */
  readonly timeMs: number | null;
  readonly shot: { readonly startMs: number; readonly endMs: number } | undefined;
  readonly blobKey: string;
  readonly width: number;
  readonly height: number;
  readonly shotsLineage: string | undefined;
}

export function frameOf(segment: WorkSegment, parts: FrameParts): Frame {
  return {
    ...identityOf(segment),
    unitId: `frame:${parts.timeMs ?? 0}`,
    timeMs: parts.timeMs,
    shotStartMs: parts.shot?.startMs ?? null,
    shotEndMs: parts.shot?.endMs ?? null,
    blobKey: parts.blobKey,
    width: parts.width,
    height: parts.height,
    lineage: parts.shotsLineage === undefined ? DECODE_LINEAGE : framesLineage(parts.shotsLineage),
  };
}

export function audioChunkOf(segment: WorkSegment, parts: { readonly startMs: number; readonly endMs: number; readonly blobKey: string }): AudioChunk {
  return { ...identityOf(segment), unitId: `audio:${parts.startMs}`, ...parts, sampleRateHz: SAMPLE_RATE_HZ, lineage: DECODE_LINEAGE };
}

export interface TextParts {
  readonly unitId: string;
  readonly origin: TextOrigin;
  readonly text: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly charStart?: number;
}

export function textUnitOf(segment: WorkSegment, parts: TextParts): TextUnit {
  return {
    ...identityOf(segment),
    unitId: parts.unitId,
    origin: parts.origin,
    text: parts.text,
    startMs: parts.startMs ?? null,
    endMs: parts.endMs ?? null,
    charStart: parts.charStart ?? null,
    frameBlobKey: null,
    tags: [],
    lineage: DECODE_LINEAGE,
  };
}

const FRAME_TASKS: readonly Task[] = ['IMAGE_EMBEDDING', 'TAGS', 'OCR'];
const AUDIO_TASKS: readonly Task[] = ['VOICE_ACTIVITY', 'SPEECH'];
const TEXT_TASKS: readonly Task[] = ['TEXT_EMBEDDING'];

/** What the units of a segment still have to go through. */
export function spawnedBy({ frames, audioChunks, textUnits }: Pick<Decoded, 'frames' | 'audioChunks' | 'textUnits'>): UnitRef[] {
  return [
    ...frames.map(({ unitId }) => ({ unitId, tasks: FRAME_TASKS })),
    ...audioChunks.map(({ unitId }) => ({ unitId, tasks: AUDIO_TASKS })),
    ...textUnits.map(({ unitId }) => ({ unitId, tasks: TEXT_TASKS })),
  ];
}
