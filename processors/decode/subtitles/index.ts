/** Subtitles, embedded and in files of their own. */
export { joinCues, looksLikeCues, parseCues } from './cues.ts';
export type { Cue } from './cues.ts';
export { MAX_SUBTITLE_STREAMS, readSubtitles } from './embedded.ts';
export type { SubtitleTrack } from './embedded.ts';
