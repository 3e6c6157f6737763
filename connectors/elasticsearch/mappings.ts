/**
 * What each index keeps and how it is found. All mappings are strict: a field that is not named here is refused, so that
 * no typing error of ours becomes a field of theirs.
 *
 * The analyzer finds what the embedded index finds (FTS5: unicode61 without diacritics, Porter stems), so that the same
 * query has the same answer: a word is a run of letters, marks and digits. The tokenizer `standard` keeps `holiday.jpg`
 * together, and takes Chinese and Japanese apart into characters, of which each alone would be a match.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { VectorIndexType } from './options.ts';

type Property = estypes.MappingProperty;
type Properties = Record<string, Property>;

export const ANALYZER = 'millrace';
export const TAG_NORMALIZER = 'millrace_tag';

/** `analysis` of every index. */
export const ANALYSIS: estypes.IndicesIndexSettingsAnalysis = {
  tokenizer: { millrace_words: { type: 'pattern', pattern: String.raw`[^\p{L}\p{M}\p{N}]+` } },
  filter: {
    // Accents that stand behind their letter; `asciifolding` knows the letters that carry theirs.
    millrace_accents: { type: 'pattern_replace', pattern: String.raw`[\u0300-\u036f]+`, replacement: '' },
    // Lucene refuses a word of more than 32,766 bytes, and the document with it.
    millrace_length: { type: 'truncate', length: 255 },
  },
  analyzer: { [ANALYZER]: { type: 'custom', tokenizer: 'millrace_words', filter: ['lowercase', 'millrace_accents', 'asciifolding', 'porter_stem', 'millrace_length'] } },
  normalizer: { [TAG_NORMALIZER]: { type: 'custom', filter: ['lowercase'] } },
};

/** Lucene takes terms of 32,766 bytes: what is longer is kept, but not found. */
const keyword: Property = { type: 'keyword', ignore_above: 8_000 };
const tags: Property = { type: 'keyword', ignore_above: 8_000, normalizer: TAG_NORMALIZER };
const text: Property = { type: 'text', analyzer: ANALYZER };
const long: Property = { type: 'long' };
const integer: Property = { type: 'integer' };
const double: Property = { type: 'double' };
const date: Property = { type: 'date', format: 'strict_date_optional_time||epoch_millis' };

const strict = (properties: Properties): estypes.MappingTypeMapping => ({ dynamic: 'strict', properties });

/**
 * `time` is [startMs, endMs) for filters by overlap; a moment without length counts as the millisecond that it begins.
 * `dimensions` are those of the lineage's vectors; absent, the first vector sets them.
 */
export const momentMapping = (vectorIndex: VectorIndexType, dimensions?: number): estypes.MappingTypeMapping =>
  strict({
    id: keyword,
    assetId: keyword,
    revision: long,
    library: keyword,
    mediaKind: keyword,
    modality: keyword,
    startMs: double,
    endMs: double,
    time: { type: 'long_range' },
    text,
    charStart: long,
    tags,
    /** The tags as words, where there is no text. */
    tagText: text,
    vector: vectorMapping(vectorIndex, dimensions),
    frameBlobKey: keyword,
    model: keyword,
    lineage: keyword,
    indexedAt: date,
  });

/** The type is named: what Elasticsearch takes without it differs by version and by dimensions. */
const vectorMapping = (type: VectorIndexType, dimensions?: number): Property => ({
  type: 'dense_vector',
  similarity: 'cosine',
  index: true,
  index_options: { type },
  ...(dimensions === undefined ? {} : { dims: dimensions }),
});

/** `body` is kept and given back, but nothing in it is found. */
export const ASSET_MAPPING = strict({
  assetId: keyword,
  revision: long,
  library: keyword,
  mediaKind: keyword,
  state: keyword,
  fileName: keyword,
  sourceUri: keyword,
  duplicateOf: keyword,
  text,
  tags,
  durationMs: long,
  sizeBytes: long,
  computeMs: double,
  insightCount: integer,
  models: keyword,
  submittedAt: date,
  completedAt: date,
  body: { type: 'object', enabled: false },
});

const eventMapping = (properties: Properties): estypes.MappingTypeMapping => strict({ '@timestamp': date, id: keyword, assetId: keyword, ...properties });

export const AUDIT_MAPPING = eventMapping({ revision: long, library: keyword, event: keyword, detail: text });

export const DEAD_LETTER_MAPPING = eventMapping({
  topic: keyword, partition: integer, offset: long, node: keyword, stage: keyword, code: keyword, message: { ...text, fields: { raw: { type: 'keyword', ignore_above: 512 } } },
});

export const WORK_MAPPING = eventMapping({
  revision: long, library: keyword, mediaKind: keyword, stage: keyword, task: keyword, status: keyword, reason: { ...text, fields: { raw: { type: 'keyword', ignore_above: 512 } } },
  model: keyword, lineage: keyword, confidence: double, computeMs: double, mediaMs: double,
});
