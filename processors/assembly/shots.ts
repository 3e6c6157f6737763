/** Joins the shots of all segments: one that a segment border cut in two is one shot again. */
import type { DocumentShot, Shot } from '../../schemas/index.ts';

/** In any order; a shot that continues joins the one before it, over as many borders as it crosses. */
export function joinShots(shots: readonly Shot[]): DocumentShot[] {
  const joined: { startMs: number; endMs: number }[] = [];
  for (const { startMs, endMs, continuesPrevious } of shots.toSorted((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)) {
    const last = joined.at(-1);
    if (continuesPrevious && last !== undefined) last.endMs = Math.max(last.endMs, endMs);
    else joined.push({ startMs, endMs });
  }
  return joined;
}
