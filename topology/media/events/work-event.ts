import type { WorkIndexEvent } from '../../../connectors/ports/index.ts';
import type { Insight, Task } from '../../../schemas/index.ts';
import type { Stage } from '../stage.ts';

const STAGE_OF: Readonly<Record<Task, Stage>> = {
  DECODE: 'decode', SHOTS: 'decode', IMAGE_EMBEDDING: 'vision', TAGS: 'vision', OCR: 'vision', VOICE_ACTIVITY: 'audio', SPEECH: 'audio', TEXT_EMBEDDING: 'text',
};

/** One task of one unit of work, without what it found. */
export function workEventOf(insight: Insight): WorkIndexEvent {
  const { insightId, producedAtMs, assetId, revision, library, mediaKind, task, status, reason, model, lineage, confidence, computeMs, startMs, endMs } = insight;
  return {
    type: 'work', id: insightId, atMs: producedAtMs, assetId, revision, library, mediaKind, stage: STAGE_OF[task], task, status, reason,
    model: model === null ? null : `${model.name}@${model.version}`, lineage, confidence, computeMs,
    mediaMs: startMs === null || endMs === null ? null : endMs - startMs,
  };
}
