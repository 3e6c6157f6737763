/** What the stages that run here need opened: a decode worker has no use for the models of vision, nor for the index. */
import type { TaskName } from '../../processors/inference/index.ts';
import type { Stage } from './stage.ts';

export interface StageNeeds {
  /** Tasks that models are asked for. */
  readonly models: readonly TaskName[];
  readonly blobs: boolean;
  readonly searchIndex: boolean;
}

const NEEDS: Readonly<Record<Stage, StageNeeds>> = {
  admit: { models: [], blobs: true, searchIndex: false },
  decode: { models: ['shots'], blobs: true, searchIndex: false },
  vision: { models: ['image-text', 'ocr'], blobs: true, searchIndex: false },
  audio: { models: ['voice', 'speech'], blobs: true, searchIndex: false },
  text: { models: ['text'], blobs: false, searchIndex: false },
  assemble: { models: [], blobs: false, searchIndex: false },
  index: { models: [], blobs: false, searchIndex: true },
};

export function needsOf(stages: readonly Stage[]): StageNeeds {
  const needs = stages.map((stage) => NEEDS[stage]);
  return { models: needs.flatMap(({ models }) => models), blobs: needs.some(({ blobs }) => blobs), searchIndex: needs.some(({ searchIndex }) => searchIndex) };
}
