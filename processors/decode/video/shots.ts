/** From cuts to the shots of a segment: in order, without gaps, from its start to its end. */
import type { Shot } from '../../../schemas/index.ts';
import type { Cut } from './cuts.ts';
import type { Thumbnails } from './thumbnails.ts';
import type { Span } from './video-pass.ts';

/**
 * Cuts in the context around the segment belong to its neighbours. A cut to the first frame of the segment is one of
 * its own: its first shot then continues nothing.
 */
export function shotsOf(cuts: readonly Cut[], { times }: Thumbnails, span: Span, first: boolean): Shot[] {
  const timeMsOf = (frame: number): number => Math.round((times[frame] ?? 0) / 1000);
  const firstFrame = times.findIndex((us) => Math.round(us / 1000) >= span.startMs);
  if (firstFrame < 0) return [];
  const inside = cuts.filter(({ frame }) => timeMsOf(frame) >= span.startMs && timeMsOf(frame) < span.endMs);
  const opening = inside.find(({ frame }) => frame === firstFrame);
  const starts = [
    { startMs: span.startMs, confidence: opening?.confidence ?? 1, continuesPrevious: !first && opening === undefined },
    ...inside.filter((cut) => cut !== opening).map(({ frame, confidence }) => ({ startMs: timeMsOf(frame), confidence, continuesPrevious: false })),
  ];
  return starts.map((start, index) => ({
    startMs: start.startMs,
    endMs: starts[index + 1]?.startMs ?? span.endMs,
    confidence: start.confidence,
    continuesPrevious: start.continuesPrevious,
  }));
}
