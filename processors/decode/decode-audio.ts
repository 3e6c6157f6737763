/** The sound of one segment as a stored chunk. */
import type { BlobStore, MediaSource } from '../../connectors/ports/index.ts';
import type { AudioChunk, WorkSegment } from '../../schemas/index.ts';
import { runAudioPass } from './audio/audio-pass.ts';
import { damageOf } from './damage.ts';
import type { Ffmpeg, Probe } from './ffmpeg/index.ts';
import { audioChunkOf } from './units.ts';

export interface AudioContext {
  readonly ffmpeg: Ffmpeg;
  readonly blobs: BlobStore;
  readonly source: MediaSource;
  readonly probe: Probe;
  readonly segment: WorkSegment;
  readonly signal?: AbortSignal | undefined;
}

export interface DecodedAudio {
  readonly chunks: readonly AudioChunk[];
  /** Sound came out, if only silence. */
  readonly decoded: boolean;
  readonly damage: string | null;
  readonly computeMs: number;
}

export async function decodeAudio({ ffmpeg, blobs, source, probe, segment, signal }: AudioContext): Promise<DecodedAudio> {
  const pass = await runAudioPass(ffmpeg, {
    source, probe, signal,
    startMs: segment.startMs ?? 0,
    endMs: segment.endMs ?? segment.durationMs ?? 0,
    first: segment.segmentIndex === 0,
    last: segment.segmentIndex === segment.segmentCount - 1,
  });
  const chunks: AudioChunk[] = [];
  if (pass.chunk !== undefined) {
    const blobKey = await blobs.put(segment.contentHash, 'pcm', pass.chunk.pcm);
    chunks.push(audioChunkOf(segment, { startMs: pass.chunk.startMs, endMs: pass.chunk.endMs, blobKey }));
  }
  return { chunks, decoded: pass.decoded, damage: damageOf(pass.report, 'audio'), computeMs: pass.report.wallMs };
}
