/**
 * What a search answers, whatever index stands behind it. `millrace search --json` prints a SearchResponse as it is:
 * fields are added to it, never renamed or removed. docs/search.md shows an example.
 */
import type { IndexedMediaKind, Modality } from '../../connectors/ports/index.ts';

/** Where the media is. */
export interface ResultSource {
  readonly assetId: string;
  /** `null` while the asset is still processed: its moments are found before its document is there. */
  readonly fileName: string | null;
  readonly sourceUri: string | null;
  readonly mediaKind: IndexedMediaKind | null;
  readonly library: string;
}

/** From the first character to before the last one, in UTF-16 units of `text`. */
export type Highlight = readonly [start: number, end: number];

/** One way in which the moment matched. */
export interface ResultReason {
  /** `tag`: labels of the frame. `metadata`: file name, embedded metadata and tags of the whole asset. */
  readonly modality: Modality | 'tag' | 'metadata';
  readonly text: string | null;
  readonly highlights: readonly Highlight[];
  /** Cosine of query and moment; `null` where only words matched. */
  readonly similarity: number | null;
  readonly startMs: number | null;
  readonly endMs: number | null;
}

export interface ResultFrame {
  readonly blobKey: string;
  /** A file that other programs can open, where the blob store has one. */
  readonly path: string | null;
  /** Where there is no file: an address that a browser opens without credentials, until it expires. */
  readonly url: string | null;
}

export interface SearchResult {
  /** Fused score; it ranks the results of one query and says nothing across queries. */
  readonly score: number;
  readonly source: ResultSource;
  /** On the source's timeline; `null` for photographs and documents. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  /** Strongest first. */
  readonly why: readonly ResultReason[];
  /** The key frame of the moment, or the stored one nearest to it. */
  readonly frame: ResultFrame | null;
  /** Other assets with the same bytes. */
  readonly alsoAt: readonly ResultSource[];
}

export interface SearchResponse {
  /** Best first. */
  readonly results: readonly SearchResult[];
  /** What could not take part in this search, and why. */
  readonly notices: readonly string[];
}
