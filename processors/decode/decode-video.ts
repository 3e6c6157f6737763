/** The picture of one segment: shots, key frames, and what became of the shot model. */
import type { BlobStore, MediaSource } from '../../connectors/ports/index.ts';
import { reasonOf, toMillraceError } from '../../connectors/ports/index.ts';
import type { Frame, Insight, Shot, WorkSegment } from '../../schemas/index.ts';
import type { ModelHost } from '../inference/index.ts';
import { insightOf } from '../insight.ts';
import { damageOf } from './damage.ts';
import type { Ffmpeg, Probe } from './ffmpeg/index.ts';
import { shotsLineage } from './lineage.ts';
import { frameOf } from './units.ts';
import { cutsByDifference, cutsByModel } from './video/cuts.ts';
import type { Cut } from './video/cuts.ts';
import { fitFrame } from './video/fit.ts';
import { chooseFrames, planKeyFrames } from './video/key-frames.ts';
import { shotsOf } from './video/shots.ts';
import type { Thumbnails } from './video/thumbnails.ts';
import { grabFrames, runVideoPass } from './video/video-pass.ts';

export interface VideoContext {
  readonly ffmpeg: Ffmpeg;
  readonly models: ModelHost;
  readonly blobs: BlobStore;
  readonly source: MediaSource;
  readonly probe: Probe;
  readonly segment: WorkSegment;
  readonly signal?: AbortSignal | undefined;
}

export interface DecodedVideo {
  readonly frames: readonly Frame[];
  readonly shots: Insight;
  /** At least one frame came out. */
  readonly decoded: boolean;
  readonly damage: string | null;
  readonly computeMs: number;
}

export async function decodeVideo(context: VideoContext): Promise<DecodedVideo> {
  const { ffmpeg, blobs, source, probe, segment, signal } = context;
  const picture = probe.streams.find((stream) => stream.type === 'video' && !stream.coverArt);
  const size = fitFrame({ width: picture?.width ?? segment.width ?? 0, height: picture?.height ?? segment.height ?? 0 });
  const span = { startMs: segment.startMs ?? 0, endMs: segment.endMs ?? segment.durationMs ?? 0 };
  const last = segment.segmentIndex === segment.segmentCount - 1;
  const input = { source, probe, size, signal };
  const pass = await runVideoPass(ffmpeg, { ...input, span, last });

  const found = await findCuts(context, pass.thumbnails);
  // Frames beyond the stated end belong to the last segment, and so does the time that they take.
  const endMs = last ? Math.max(span.endMs, Math.round((pass.thumbnails.times.at(-1) ?? 0) / 1000) + 1) : span.endMs;
  const shots = shotsOf(found.cuts, pass.thumbnails, { startMs: span.startMs, endMs }, segment.segmentIndex === 0);
  const { chosen, missing } = chooseFrames(planKeyFrames(shots), pass.candidates, pass.thumbnails);
  const grabbed = await grabFrames(ffmpeg, input, missing.map(({ timeUs }) => timeUs));
  const late = missing.flatMap(({ shot, timeUs }) => {
    const candidate = grabbed.find(({ timeMs }) => timeMs === Math.round(timeUs / 1000));
    return candidate === undefined ? [] : [{ shot, candidate }];
  });

  const frames: Frame[] = [];
  for (const { shot, candidate } of [...chosen, ...late].sort((a, b) => a.candidate.timeMs - b.candidate.timeMs)) {
    const blobKey = await blobs.put(segment.contentHash, 'jpg', candidate.jpeg);
    frames.push(frameOf(segment, { timeMs: candidate.timeMs, shot, blobKey, ...size, shotsLineage: found.lineage }));
  }
  return {
    frames,
    shots: found.insight(shots),
    decoded: pass.thumbnails.times.length > 0,
    damage: damageOf(pass.report, 'video'),
    computeMs: pass.report.wallMs,
  };
}

interface FoundCuts {
  readonly cuts: readonly Cut[];
  readonly lineage: string;
  insight(shots: readonly Shot[]): Insight;
}

/** By the model; by the difference of frames where there is none or it refuses: key frames are chosen in any case. */
async function findCuts({ models, segment, signal }: VideoContext, thumbnails: Thumbnails): Promise<FoundCuts> {
  const model = models.describe('shots');
  const lineage = shotsLineage(model);
  if (model === undefined) {
    const reason = models.missingReason('shots');
    return { cuts: cutsByDifference(thumbnails), lineage, insight: () => insightOf(segment, segment, { task: 'SHOTS', status: 'SKIPPED', reason, lineage }) };
  }
  try {
    const { cuts, computeMs } = await cutsByModel(models, thumbnails, { priority: segment.priority, ...(signal === undefined ? {} : { signal }) });
    return {
      cuts, lineage,
      insight: (shots) => insightOf(segment, segment, { task: 'SHOTS', status: 'OK', model, lineage, computeMs, result: { type: 'ShotList', shots } }),
    };
  } catch (error) {
    const failure = toMillraceError(error, 'MILL_MODEL_FAILED');
    // Worth another try as a whole, or nobody waits for it any more.
    if (failure.transient || failure.code === 'MILL_CLOSED' || signal?.aborted === true) throw failure;
    const reason = reasonOf(failure);
    return { cuts: cutsByDifference(thumbnails), lineage, insight: () => insightOf(segment, segment, { task: 'SHOTS', status: 'FAILED', reason, lineage }) };
  }
}
