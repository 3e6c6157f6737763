/** What is written on a frame, as a passage for the text stage; and the place that a frame stands for. */
import type { Frame, Insight, TextUnit } from '../../schemas/index.ts';
import type { Place } from '../insight.ts';
import { lineageOf } from '../lineage.ts';

/** A frame of a long shot speaks for this much around it, as the next frame is that far away. */
const REACH_MS = 2_500;

/** The shot of the frame, or of a long shot the part around the frame; nothing for a photograph. */
export function placeOf({ timeMs, shotStartMs, shotEndMs }: Frame): Place {
  if (timeMs === null) return { startMs: null, endMs: null };
  return { startMs: Math.max(shotStartMs ?? 0, timeMs - REACH_MS), endMs: Math.min(shotEndMs ?? Infinity, timeMs + REACH_MS) };
}

/** `undefined` when nothing was read. Its lineage is that of the words and of the tags that it carries. */
export function screenUnit(frame: Frame, written: Insight, shown: readonly Insight[]): TextUnit | undefined {
  const lines = written.result?.type === 'ScreenText' ? written.result.lines : [];
  if (lines.length === 0) return undefined;
  const tags = shown.flatMap(({ result }) => (result?.type === 'TagList' ? result.tags.map(({ label }) => label) : []));
  const { assetId, revision, library, priority, contentHash, mediaKind, unitId, blobKey } = frame;
  return {
    assetId, revision, library, priority, contentHash, mediaKind,
    unitId: unitId.replace(/^frame:/, 'screen:'),
    origin: 'SCREEN',
    text: lines.map(({ text }) => text).join('\n'),
    ...placeOf(frame),
    charStart: null,
    frameBlobKey: blobKey,
    tags,
    lineage: lineageOf({ model: 'screen-text', inputs: [written, ...shown].map(({ lineage }) => lineage) }),
  };
}
