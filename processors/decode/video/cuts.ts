/**
 * Where shots change. A cut is a rising edge of the model's probability over the threshold: the new shot starts at
 * the frame after it, and a dissolve, which holds the probability up for some frames, is one cut.
 *
 * Without the model, a cut is told by how much a frame differs from the one before *and* how much that difference
 * stands out, which is the rule of ffmpeg's scene score, on frames of 48 x 27 where noise has averaged out.
 */
import type { ModelHost } from '../../inference/index.ts';
import { THUMB_BYTES, thumbnailAt } from './thumbnails.ts';
import type { Thumbnails } from './thumbnails.ts';

export interface Cut {
  /** First frame of the new shot. */
  readonly frame: number;
  readonly confidence: number;
}

export const CUT_THRESHOLD = 0.5;
export const SCENE_THRESHOLD = 0.12;
/** Frames a call to the model, and what it must see on both sides of a frame to judge it. */
const WINDOW = 1000;
const CONTEXT = 50;

export interface ModelCuts {
  readonly cuts: readonly Cut[];
  readonly computeMs: number;
}

/** In windows that overlap, so that one long segment neither fills the queue of the model nor holds up a live one. */
export async function cutsByModel(models: ModelHost, thumbnails: Thumbnails, options: { readonly signal?: AbortSignal; readonly priority: 'LIVE' | 'BULK' }): Promise<ModelCuts> {
  const total = thumbnails.times.length;
  const probabilities = new Float32Array(total);
  let computeMs = 0;
  for (let start = 0; start < total; start += WINDOW) {
    const end = Math.min(total, start + WINDOW);
    const from = Math.max(0, start - CONTEXT);
    const to = Math.min(total, end + CONTEXT);
    const frames = thumbnails.pixels.slice(from * THUMB_BYTES, to * THUMB_BYTES);
    const result = await models.run('shots', { frames, count: to - from }, options);
    probabilities.set(result.output.cutProbabilities.subarray(start - from, end - from), start);
    computeMs += result.computeMs;
  }
  return { cuts: risingEdges(probabilities), computeMs };
}

function risingEdges(probabilities: Float32Array): Cut[] {
  const cuts: Cut[] = [];
  let peak: number | undefined;
  let edge = 0;
  for (let frame = 0; frame <= probabilities.length; frame += 1) {
    const probability = probabilities[frame] ?? 0;
    if (probability > CUT_THRESHOLD) {
      if (peak === undefined) edge = frame;
      peak = Math.max(peak ?? 0, probability);
    } else if (peak !== undefined) {
      if (edge + 1 < probabilities.length) cuts.push({ frame: edge + 1, confidence: peak });
      peak = undefined;
    }
  }
  return cuts;
}

export function cutsByDifference(thumbnails: Thumbnails): Cut[] {
  const cuts: Cut[] = [];
  let previousDifference = 0;
  for (let frame = 1; frame < thumbnails.times.length; frame += 1) {
    const difference = meanDifference(thumbnailAt(thumbnails, frame - 1), thumbnailAt(thumbnails, frame));
    const score = Math.min(difference, Math.abs(difference - previousDifference)) / 100;
    // After a cut the difference falls as steeply as it rose: that is no second cut.
    if (score > SCENE_THRESHOLD && difference > previousDifference) cuts.push({ frame, confidence: Math.min(1, score) });
    previousDifference = difference;
  }
  return cuts;
}

function meanDifference(before: Uint8Array, after: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < THUMB_BYTES; index += 1) sum += Math.abs((before[index] ?? 0) - (after[index] ?? 0));
  return sum / THUMB_BYTES;
}
