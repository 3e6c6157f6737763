/** The thresholds of the vision pipelines that one tunes; part of the lineage of the insights that depend on them. */

export const TAG_PARAMETERS = { maxTags: 5, minConfidence: 0.25 } as const;

export const OCR_PARAMETERS = {
  /** Longest side that the detector sees. */
  maxSide: 736,
  /** A pixel of the text map counts as text above this. */
  mapThreshold: 0.3,
  /** Mean of the text map over a box. */
  minBoxScore: 0.5,
  /** How far a box grows beyond the shrunken kernel that the detector marks. */
  unclip: 1.6,
  /** Boxes that are read in one picture. */
  maxBoxes: 80,
  /** Mean confidence of the characters of a line. */
  minConfidence: 0.7,
  /** The same for a line of one or two characters, which textures often look like. */
  minShortConfidence: 0.9,
} as const;
