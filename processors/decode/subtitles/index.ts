/** Subtitles, embedded and in files of their own. */
export { joinCues, looksLikeCues, parseCues } from './cues.ts';
export type { Cue } from './cues.ts';
export { readSubtitles } from './embedded.ts';
