/** Which frames stand for a segment: the middle of each shot, and about one each 5 s of a long shot. */
import type { Shot } from '../../../schemas/index.ts';
import type { Thumbnails } from './thumbnails.ts';
import type { Candidate } from './video-pass.ts';

const LONG_SHOT_MS = 8000;
const SPACING_MS = 5000;
/** A segment that flickers faster keeps the key frames of its first shots. */
const MAX_KEY_FRAMES = 200;
/** Shots that are too short for a candidate and still get a frame, in one more pass. */
const MAX_GRABS = 32;

export interface KeyFramePlan {
  readonly shot: Shot;
  readonly wantedMs: number;
}

export function planKeyFrames(shots: readonly Shot[]): KeyFramePlan[] {
  return shots.flatMap((shot) => {
    const lengthMs = shot.endMs - shot.startMs;
    const count = lengthMs > LONG_SHOT_MS ? Math.round(lengthMs / SPACING_MS) : 1;
    return Array.from({ length: count }, (_, index) => ({ shot, wantedMs: shot.startMs + ((index + 0.5) * lengthMs) / count }));
  }).slice(0, MAX_KEY_FRAMES);
}

export interface ChosenFrames {
  readonly chosen: readonly { readonly shot: Shot; readonly candidate: Candidate }[];
  /** Plans whose shot holds no candidate, with the exact time of a frame of it, in microseconds. */
  readonly missing: readonly { readonly shot: Shot; readonly timeUs: number }[];
}

/** The nearest candidate *of the same shot*: a frame beyond the cut shows something else. */
export function chooseFrames(plans: readonly KeyFramePlan[], candidates: readonly Candidate[], { times }: Thumbnails): ChosenFrames {
  const chosen = new Map<number, { shot: Shot; candidate: Candidate }>();
  const missing: { shot: Shot; timeUs: number }[] = [];
  for (const { shot, wantedMs } of plans) {
    const candidate = nearest(candidates, ({ timeMs }) => timeMs, shot, wantedMs);
    if (candidate !== undefined) {
      chosen.set(candidate.timeMs, { shot, candidate });
      continue;
    }
    const timeUs = nearest(times, (us) => Math.round(us / 1000), shot, wantedMs);
    if (timeUs !== undefined && missing.length < MAX_GRABS) missing.push({ shot, timeUs });
  }
  return { chosen: [...chosen.values()], missing };
}

function nearest<T>(items: readonly T[], timeMsOf: (item: T) => number, shot: Shot, wantedMs: number): T | undefined {
  let best: T | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const timeMs = timeMsOf(item);
    if (timeMs < shot.startMs || timeMs >= shot.endMs || Math.abs(timeMs - wantedMs) >= distance) continue;
    best = item;
    distance = Math.abs(timeMs - wantedMs);
  }
  return best;
}
