/** Where the pipeline of each task lives. The modules are imported in inference workers only, by these addresses. */
import type { TaskName } from './tasks.ts';

const at = (relative: string): string => new URL(`../${relative}`, import.meta.url).href;

export const PIPELINE_MODULES: Readonly<Record<TaskName, string>> = {
  shots: at('vision/shots.pipeline.ts'),
  'image-text': at('vision/image-text.pipeline.ts'),
  text: at('text/text.pipeline.ts'),
  ocr: at('vision/ocr.pipeline.ts'),
  voice: at('audio/voice.pipeline.ts'),
  speech: at('audio/speech.pipeline.ts'),
};
