/** Vision: image embedding, tags and the words on frames and photographs. */
export { createSeer } from './seer.ts';
export type { Seer, SeerOptions, VisionFindings } from './seer.ts';
