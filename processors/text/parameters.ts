/** Figures that change what the text pipeline gives; part of the lineage of every text embedding. */
export const TEXT_PARAMETERS = {
  /** What the encoder was trained to read; the rest of a longer text is left out. */
  maxTokens: 256,
} as const;
