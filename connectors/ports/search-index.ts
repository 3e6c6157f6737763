/** The search index: vectors, full text and filters over moments and assets. */

export type Modality = 'frame' | 'speech' | 'screen' | 'document' | 'subtitle';
export type IndexedMediaKind = 'VIDEO' | 'AUDIO' | 'IMAGE' | 'TEXT';

/** One searchable moment: a frame with its vector, a spoken phrase, a line on the screen, a passage. */
export interface MomentDocument {
  /** The insight's id; writing it again replaces it. */
  readonly id: string;
  readonly assetId: string;
  readonly revision: number;
  readonly library: string;
  readonly mediaKind: IndexedMediaKind;
  readonly modality: Modality;
  /** On the source's timeline; `null` for photographs and documents. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly text: string | null;
  readonly charStart: number | null;
  readonly tags: readonly string[];
  /** L2-normalised; `null` where no model was there to make it: the moment is found by its words alone. */
  readonly vector: Float32Array | null;
  readonly frameBlobKey: string | null;
  /** name@version of the model that made the vector. */
  readonly model: string;
  readonly lineage: string;
}

/** Asset-level document; `body` is the Avro AssetDocument as JSON, kept whole. `duplicatesOf` reads its `duplicateOf`. */
export interface AssetIndexDocument {
  readonly assetId: string;
  readonly revision: number;
  readonly library: string;
  readonly mediaKind: IndexedMediaKind | null;
  readonly state: 'COMPLETE' | 'PARTIAL' | 'REJECTED';
  readonly fileName: string;
  readonly sourceUri: string;
  /** Searchable words: file name, metadata values, tags. */
  readonly text: string;
  readonly tags: readonly string[];
  readonly body: unknown;
}

export type IndexOperation =
  | { readonly type: 'moment'; readonly document: MomentDocument }
  /** Also removes what older revisions of the asset left. */
  | { readonly type: 'asset'; readonly document: AssetIndexDocument }
  /** Removes the asset and its moments up to and including `revision`. */
  | { readonly type: 'delete'; readonly assetId: string; readonly revision: number };

export interface RejectedOperation {
  readonly operation: IndexOperation;
  readonly reason: string;
}

/**
 * Exact, and all parts together. An asset stands for its exact duplicates: `library` and `assetIds` also let the moments
 * of the processed asset through where one of its duplicates fits. An empty list lets nothing through.
 */
export interface SearchFilter {
  readonly library?: string;
  readonly kinds?: readonly IndexedMediaKind[];
  /** Of moments; no meaning for assets. */
  readonly modalities?: readonly Modality[];
  readonly assetIds?: readonly string[];
  /** Moments that overlap [fromMs, toMs); what has no time is left out. No meaning for assets. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** All of them, whatever their case. */
  readonly tags?: readonly string[];
}

export interface MomentHit {
  /** Everything of the moment but its vector. */
  readonly moment: Omit<MomentDocument, 'vector'>;
  /** Cosine similarity, or BM25 (higher is better). */
  readonly score: number;
  /** Text with the matched words between \u0002 and \u0003; the tags, joined by `, `, of a moment without text; `null` for a vector match. */
  readonly highlight: string | null;
}

export interface AssetHit {
  readonly asset: AssetIndexDocument;
  readonly score: number;
  readonly highlight: string | null;
}

export interface SearchIndex {
  /** Calls of `write` that may run at a time. */
  readonly maxConcurrentWrites: number;
  /**
   * Idempotent. An operation of an older revision counts as done. Resolves when all are durable; they are searchable
   * then (embedded), or at the next refresh (Elasticsearch). Calls may overlap where `maxConcurrentWrites` says so: then
   * the caller keeps an `asset` or `delete` apart from all other operations of its asset.
   * @throws MillraceError MILL_INDEX_UNAVAILABLE, MILL_DISK_FULL: nothing of the call counts as done, and all of it may be written again
   */
  write(operations: readonly IndexOperation[]): Promise<readonly RejectedOperation[]>;
  /** The k nearest that pass the filter, with exact scores: all of them (embedded), or nearly all (Elasticsearch); moments of another number of dimensions do not take part. */
  searchVector(vector: Float32Array, k: number, filter: SearchFilter): Promise<MomentHit[]>;
  /** Over texts, and over the tags of moments without text. Every word counts, none is required; hostile query syntax is plain text. */
  searchText(query: string, k: number, filter: SearchFilter): Promise<MomentHit[]>;
  searchAssets(query: string, k: number, filter: SearchFilter): Promise<AssetHit[]>;
  /** In no order; what is not there is left out. */
  assets(assetIds: readonly string[]): Promise<AssetIndexDocument[]>;
  /** The assets whose bytes are those of one of these. */
  duplicatesOf(assetIds: readonly string[]): Promise<AssetIndexDocument[]>;
  /** By assetId, those above `after`. */
  listAssets(options: { readonly library?: string; readonly after?: string; readonly limit: number }): Promise<AssetIndexDocument[]>;
  /** Every moment of an asset, by time. */
  moments(assetId: string): Promise<MomentDocument[]>;
  /** The stored frame nearest to a time of an asset. */
  nearestFrame(assetId: string, timeMs: number): Promise<string | null>;
  counts(): Promise<{ readonly assets: number; readonly moments: number; readonly byState: Readonly<Record<string, number>> }>;
  close(): Promise<void>;
}
