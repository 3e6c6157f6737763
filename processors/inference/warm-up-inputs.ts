/** The smallest honest input of each task: run once after loading, so that no real item pays for the first run. */
import type { TaskInput, TaskName } from './tasks.ts';

/** A grey square of 32 x 32 pixels. */
const GREY_JPEG = Buffer.from('/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAgACADASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AAAAAAAAA/9k=', 'base64');
const SAMPLES_PER_SECOND = 16_000;
const SHOT_WINDOW_FRAMES = 100;
const SHOT_FRAME_BYTES = 27 * 48 * 3;

export const WARM_UP_INPUTS: { readonly [T in TaskName]: TaskInput<T> } = {
  shots: { frames: new Uint8Array(SHOT_WINDOW_FRAMES * SHOT_FRAME_BYTES), count: SHOT_WINDOW_FRAMES },
  'image-text': { jpeg: GREY_JPEG },
  text: { text: 'warm up' },
  ocr: { jpeg: GREY_JPEG },
  voice: { pcm: new Float32Array(SAMPLES_PER_SECOND) },
  speech: { pcm: new Float32Array(SAMPLES_PER_SECOND) },
};
