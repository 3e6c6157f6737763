/** Cuts a timeline into segments: bounded units of work, the same ones on every run. */

export interface PlannedSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** Equal spans from 0; a last one that is shorter than a quarter of a segment is joined to the one before. */
export function planSpans(durationMs: number, segmentMs: number): PlannedSpan[] {
  const whole = Math.floor(durationMs / segmentMs);
  const restMs = durationMs - whole * segmentMs;
  const count = Math.max(1, restMs >= segmentMs / 4 ? whole + 1 : whole);
  return Array.from({ length: count }, (_, index) => ({ startMs: index * segmentMs, endMs: index === count - 1 ? durationMs : (index + 1) * segmentMs }));
}
