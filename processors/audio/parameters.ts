/** The thresholds of the audio pipelines and stage that one tunes; part of the lineage of the insights that depend on them. */

export const SAMPLE_RATE_HZ = 16_000;

export const VOICE_PARAMETERS = {
  /** Speech begins above this probability and ends below the lower one. */
  enter: 0.5,
  leave: 0.35,
  /** Shorter sounds are no speech. */
  minSpeechMs: 250,
  /** Shorter silence does not end a span. */
  minSilenceMs: 200,
  /** Added on both sides, for soft first and last sounds. */
  paddingMs: 100,
} as const;

export const PHRASE_PARAMETERS = {
  maxPhraseMs: 10_000,
  /** Speech with shorter pauses belongs together. */
  joinPauseMs: 600,
  /** A long stretch is cut neither this close to its start nor to its end. */
  minPieceMs: 1_500,
  /** Sound around a phrase that the recogniser hears too, where the pause allows. */
  contextMs: 400,
} as const;

export const SPEECH_PARAMETERS = {
  /** Mean probability of the tokens of a phrase. */
  minConfidence: 0.45,
  /** Words that recognisers hear in noise count only above this. */
  minFillerConfidence: 0.75,
  /** Nobody speaks quicker; it bounds a decoder that loops. */
  maxTokensPerSecond: 8,
} as const;
