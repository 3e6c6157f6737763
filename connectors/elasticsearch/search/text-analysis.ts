/**
 * How texts become words: as in the embedded index (FTS5: unicode61, no diacritics, Porter stems), so that the same
 * query finds the same. A word is a run of letters, marks and digits. The tokenizer `standard` would keep `holiday.jpg`,
 * `can't` and `x86_64` whole: then `holiday` found nothing.
 *
 * The templates put TEXT_ANALYSIS into the settings of each index with searchable text, and name TEXT_ANALYZER in its fields.
 */
export const TEXT_ANALYZER = 'millrace';

/** Lucene refuses a word of more than 32,766 bytes, and the document with it. */
const MAX_WORD_LENGTH = 255;

export const TEXT_ANALYSIS = {
  tokenizer: { millrace_words: { type: 'pattern', pattern: String.raw`[^\p{L}\p{M}\p{N}]+` } },
  filter: {
    // Accents that stand beside their letter; `asciifolding` knows letters that carry theirs. Filters, unlike the text, leave the places of highlights alone.
    millrace_accents: { type: 'pattern_replace', pattern: String.raw`[\u0300-\u036f]+`, replacement: '' },
    millrace_length: { type: 'truncate', length: MAX_WORD_LENGTH },
  },
  analyzer: {
    [TEXT_ANALYZER]: { type: 'custom', tokenizer: 'millrace_words', filter: ['lowercase', 'millrace_accents', 'asciifolding', 'porter_stem', 'millrace_length'] },
  },
} as const;
