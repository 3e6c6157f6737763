/** Generated from schemas/*.avsc by `npm run schemas:generate`. Do not edit. */

export type Priority = 'LIVE' | 'BULK';

export type AdmissionOutcome = 'ADMITTED' | 'DUPLICATE' | 'REJECTED';

export type MediaKind = 'VIDEO' | 'AUDIO' | 'IMAGE' | 'TEXT';

export interface MetadataEntry {
  /** exif, iptc, xmp, id3, container, subtitle or attribute. */
  readonly namespace: string;
  /** Tag name as the standard spells it. */
  readonly key: string;
  /** Value as text. */
  readonly value: string;
}

/** media.admitted, keyed by assetId: the outcome of admission and the plan of work. A null value: the asset was removed. */
export interface AssetAdmitted {
  /** Stable id of the asset. */
  readonly assetId: string;
  /** Asset revision: grows by one with each change of the content. */
  readonly revision: number;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly contentHash: string;
  /** Where the bytes are. */
  readonly sourceUri: string;
  /** The name that people know it by. */
  readonly fileName: string;
  /** Size of the content. */
  readonly sizeBytes: number;
  /** DUPLICATE: another asset has the same bytes and is processed for both. REJECTED: see reason. */
  readonly outcome: AdmissionOutcome;
  /** assetId of the asset that is processed for this one. */
  readonly duplicateOf: string | null;
  /** Why it was rejected: the error code and message. */
  readonly reason: string | null;
  /** What it is; null when rejected. */
  readonly mediaKind: MediaKind | null;
  /** Container or image format, as ffprobe names it. */
  readonly container: string | null;
  /** Length of the timeline; null for images and text. */
  readonly durationMs: number | null;
  /** Display width in pixels, after rotation. */
  readonly width: number | null;
  /** Display height in pixels, after rotation. */
  readonly height: number | null;
  /** Embedded metadata (EXIF, ID3, container tags) and attributes; searchable. */
  readonly metadata: readonly MetadataEntry[];
  /** How many work segments media.work holds for this revision. */
  readonly segmentCount: number;
  /** When the producer sent it. */
  readonly submittedAtMs: number;
  /** When admission ended. */
  readonly admittedAtMs: number;
}

export type AssetState = 'COMPLETE' | 'PARTIAL' | 'REJECTED';

export interface AssetTag {
  /** Lower case. */
  readonly label: string;
  /** Highest over its frames. */
  readonly confidence: number;
  /** Frames that have it. */
  readonly count: number;
}

export interface DocumentShot {
  /** Start. */
  readonly startMs: number;
  /** End (exclusive). */
  readonly endMs: number;
}

/** media.documents, keyed by assetId: what is known of an asset. A null value removes it from the index. */
export interface AssetDocument {
  /** Stable id of the asset. */
  readonly assetId: string;
  /** Asset revision: grows by one with each change of the content. */
  readonly revision: number;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** SHA-256 of the bytes. */
  readonly contentHash: string;
  /** Where the bytes are. */
  readonly sourceUri: string;
  /** Name. */
  readonly fileName: string;
  /** Size. */
  readonly sizeBytes: number;
  /** What it is; null when rejected. */
  readonly mediaKind: MediaKind | null;
  /** PARTIAL: see reasons. */
  readonly state: AssetState;
  /** Why it is partial or rejected. */
  readonly reasons: readonly string[];
  /** The asset whose insights stand for this one. */
  readonly duplicateOf: string | null;
  /** Format. */
  readonly container: string | null;
  /** Length. */
  readonly durationMs: number | null;
  /** Pixels. */
  readonly width: number | null;
  /** Pixels. */
  readonly height: number | null;
  /** Embedded metadata and attributes. */
  readonly metadata: readonly MetadataEntry[];
  /** Most frequent first. */
  readonly tags: readonly AssetTag[];
  /** Joined over segments. */
  readonly shots: readonly DocumentShot[];
  /** The whole transcript. */
  readonly transcript: string | null;
  /** Insights with status OK. */
  readonly insightCount: number;
  /** Total cost. */
  readonly computeMs: number;
  /** name@version of all that took part. */
  readonly models: readonly string[];
  /** When the producer sent it. */
  readonly submittedAtMs: number;
  /** When the last insight came in. */
  readonly completedAtMs: number;
}

/** media.assets, keyed by assetId: a producer says that media exists. A null value (tombstone) removes the asset. */
export interface AssetSubmitted {
  /** Unique for each submission; a producer that retries keeps it, so that a repeat is dropped. */
  readonly eventId: string;
  /** Stable id of the asset; the record key. */
  readonly assetId: string;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** Where the bytes are: file:///... or s3://bucket/key. */
  readonly sourceUri: string;
  /** The name that people know it by. */
  readonly fileName: string;
  /** Size hint; with modifiedAtMs it lets admission see an unchanged source without reading it. */
  readonly sizeBytes: number | null;
  /** Last change of the source, ms since the epoch. */
  readonly modifiedAtMs: number | null;
  /** When the producer sent it, ms since the epoch. */
  readonly submittedAtMs: number;
  /** The producer's own searchable key-value pairs. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** media.audio, keyed by assetId/unitId: mono 16 kHz speech-ready audio. */
export interface AudioChunk {
  /** Stable id of the asset. */
  readonly assetId: string;
  /** Asset revision: grows by one with each change of the content. */
  readonly revision: number;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** SHA-256 of the source. */
  readonly contentHash: string;
  /** Kind of the source. */
  readonly mediaKind: MediaKind;
  /** audio:<startMs>. */
  readonly unitId: string;
  /** Start on the source timeline. */
  readonly startMs: number;
  /** End on the source timeline (exclusive). */
  readonly endMs: number;
  /** Raw signed 16-bit little-endian PCM, mono, 16 kHz. */
  readonly blobKey: string;
  /** 16000. */
  readonly sampleRateHz: number;
  /** Lineage of the decode. */
  readonly lineage: string;
}

export type AuditType = 'UNCHANGED' | 'ADMITTED' | 'DUPLICATE' | 'REJECTED' | 'DECODED' | 'COMPLETED' | 'PARTIAL' | 'REMOVED';

/** media.audit, keyed by assetId: every state change of an asset. */
export interface AuditEvent {
  /** Asset. */
  readonly assetId: string;
  /** 0 where none is known yet. */
  readonly revision: number;
  /** Tenant. */
  readonly library: string;
  /** What happened. */
  readonly type: AuditType;
  /** In words. */
  readonly detail: string;
  /** Wall clock. */
  readonly atMs: number;
}

export type ClaimAction = 'CLAIM' | 'RELEASE';

/** Internal repartition topic, keyed by contentHash: an asset starts or ends to refer to a content. */
export interface ContentClaim {
  /** CLAIM: the asset has this content. RELEASE: it no longer has. */
  readonly action: ClaimAction;
  /** Stable id of the asset. */
  readonly assetId: string;
  /** Asset revision: grows by one with each change of the content. */
  readonly revision: number;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly contentHash: string;
  /** Where the bytes are. */
  readonly sourceUri: string;
  /** The name that people know it by. */
  readonly fileName: string;
  /** Size of the content. */
  readonly sizeBytes: number;
  /** When the producer sent it, ms since the epoch. */
  readonly submittedAtMs: number;
  /** The producer's own searchable key-value pairs. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Identity of the source when it was hashed (what changes whenever its bytes may have changed); one that still has it is not hashed again. Null: hash it. */
  readonly sourceIdentity: string | null;
}

/** The typed view of a record of media.dlq, whose own form is that of KIP-1034 (raw key and value, original headers, __streams.errors.*). */
export interface DeadLetter {
  /** partition:offset in the dead-letter topic. */
  readonly id: string;
  /** Where it is known. */
  readonly assetId: string | null;
  /** Source topic. */
  readonly topic: string;
  /** Source partition. */
  readonly partition: number;
  /** Source offset. */
  readonly offset: number;
  /** Stable error code (docs/errors.md). */
  readonly code: string;
  /** In words. */
  readonly message: string;
  /** For developers. */
  readonly stacktrace: string | null;
  /** Processor that failed. */
  readonly node: string;
  /** When it was dead-lettered, ms since the epoch. */
  readonly atMs: number;
}

/** media.frames, keyed by assetId/unitId: a stored key frame or photograph. */
export interface Frame {
  /** Stable id of the asset. */
  readonly assetId: string;
  /** Asset revision: grows by one with each change of the content. */
  readonly revision: number;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** SHA-256 of the source. */
  readonly contentHash: string;
  /** Kind of the source. */
  readonly mediaKind: MediaKind;
  /** frame:<timeMs>; frame:0 for a photograph. */
  readonly unitId: string;
  /** Position on the source timeline; null for a photograph. */
  readonly timeMs: number | null;
  /** Start of its shot. */
  readonly shotStartMs: number | null;
  /** End of its shot (exclusive). */
  readonly shotEndMs: number | null;
  /** JPEG in the blob store. */
  readonly blobKey: string;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Lineage of the decode and shot model that chose it. */
  readonly lineage: string;
}

/** What a stage was asked for. One insight is emitted for each (unit, task), whatever its outcome. */
export type Task = 'DECODE' | 'SHOTS' | 'IMAGE_EMBEDDING' | 'TAGS' | 'OCR' | 'VOICE_ACTIVITY' | 'SPEECH' | 'TEXT_EMBEDDING';

export type InsightStatus = 'OK' | 'SKIPPED' | 'FAILED';

export interface ModelRef {
  /** Card name. */
  readonly name: string;
  /** Card version. */
  readonly version: string;
  /** SHA-256 over its files, lower-case hex. */
  readonly digest: string;
}

/** Work that this insight caused: completeness waits for each of its tasks. */
export interface UnitRef {
  /** Unit. */
  readonly unitId: string;
  /** One insight is expected for each. */
  readonly tasks: readonly Task[];
}

export interface Shot {
  /** Start on the source timeline. */
  readonly startMs: number;
  /** End (exclusive). */
  readonly endMs: number;
  /** Of the cut at its start. */
  readonly confidence: number;
  /** It begins at a segment border and not at a cut: assembly joins it to the shot before. */
  readonly continuesPrevious: boolean;
}

/** Shots of a segment. */
export interface ShotList {
  /** In order, without gaps. */
  readonly shots: readonly Shot[];
}

/** A frame as a vector. */
export interface ImageEmbedding {
  /** L2-normalised. */
  readonly vector: Float32Array;
  /** The frame. */
  readonly blobKey: string;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Tags of the frame, for filters. */
  readonly tags: readonly string[];
}

export interface Tag {
  /** Lower case. */
  readonly label: string;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Labels of a frame. */
export interface TagList {
  /** Best first. */
  readonly tags: readonly Tag[];
}

export interface TextLine {
  /** UTF-8. */
  readonly text: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** left, top, right, bottom in pixels of the frame. */
  readonly box: readonly number[];
}

/** Text read from a frame. */
export interface ScreenText {
  /** In reading order. */
  readonly lines: readonly TextLine[];
}

export interface Span {
  /** On the source timeline. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
}

/** Where somebody speaks. */
export interface VoiceActivity {
  /** In order. */
  readonly spans: readonly Span[];
}

/** At most 10 s. */
export interface Phrase {
  /** On the source timeline. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  /** UTF-8. */
  readonly text: string;
  /** 0 to 1. */
  readonly confidence: number | null;
}

/** Speech as text. */
export interface Transcript {
  /** BCP 47. */
  readonly language: string | null;
  /** In order. */
  readonly phrases: readonly Phrase[];
}

export type TextOrigin = 'DOCUMENT' | 'SPEECH' | 'SCREEN' | 'SUBTITLE' | 'METADATA';

/** A passage as a vector. */
export interface TextEmbedding {
  /** L2-normalised. */
  readonly vector: Float32Array;
  /** Where the words come from. */
  readonly origin: TextOrigin;
  /** The passage. */
  readonly text: string;
  /** First character in the document. */
  readonly charStart: number | null;
  /** The frame it was read from. */
  readonly frameBlobKey: string | null;
  /** Tags of that frame. */
  readonly tags: readonly string[];
}

export type InsightResult =
  | ({ readonly type: 'ShotList' } & ShotList)
  | ({ readonly type: 'ImageEmbedding' } & ImageEmbedding)
  | ({ readonly type: 'TagList' } & TagList)
  | ({ readonly type: 'ScreenText' } & ScreenText)
  | ({ readonly type: 'VoiceActivity' } & VoiceActivity)
  | ({ readonly type: 'Transcript' } & Transcript)
  | ({ readonly type: 'TextEmbedding' } & TextEmbedding);

/** media.insights, keyed by assetId: the outcome of one task on one unit. */
export interface Insight {
  /** Hash of (assetId, revision, unitId, task, lineage): the same input gives the same id. */
  readonly insightId: string;
  /** Stable id of the asset. */
  readonly assetId: string;
  /** Asset revision: grows by one with each change of the content. */
  readonly revision: number;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** SHA-256 of the source. */
  readonly contentHash: string;
  /** Kind of the source. */
  readonly mediaKind: MediaKind;
  /** Place in the asset. */
  readonly unitId: string;
  /** What was asked. */
  readonly task: Task;
  /** SKIPPED: no model is installed. FAILED: dead-lettered. */
  readonly status: InsightStatus;
  /** Why it was skipped or failed. */
  readonly reason: string | null;
  /** What made it. */
  readonly model: ModelRef | null;
  /** Digest of the model, its parameters and the lineage of what it read. */
  readonly lineage: string;
  /** On the source timeline. */
  readonly startMs: number | null;
  /** Exclusive. */
  readonly endMs: number | null;
  /** 0 to 1, where one figure makes sense. */
  readonly confidence: number | null;
  /** Cost: time spent in the model or decoder. */
  readonly computeMs: number;
  /** Work that this insight caused. */
  readonly spawned: readonly UnitRef[];
  /** By task; null unless status is OK. */
  readonly result: InsightResult | null;
  /** Wall clock. */
  readonly producedAtMs: number;
}

/** media.text, keyed by assetId/unitId: a passage to embed. */
export interface TextUnit {
  /** Stable id of the asset. */
  readonly assetId: string;
  /** Asset revision: grows by one with each change of the content. */
  readonly revision: number;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** SHA-256 of the source. */
  readonly contentHash: string;
  /** Kind of the source. */
  readonly mediaKind: MediaKind;
  /** document:<n>, speech:<startMs>, screen:<timeMs>, subtitle:<startMs>. */
  readonly unitId: string;
  /** Where the words come from. */
  readonly origin: TextOrigin;
  /** The passage, UTF-8. */
  readonly text: string;
  /** Start on the source timeline. */
  readonly startMs: number | null;
  /** End on the source timeline (exclusive). */
  readonly endMs: number | null;
  /** First character in the document (UTF-16). */
  readonly charStart: number | null;
  /** The frame it was read from. */
  readonly frameBlobKey: string | null;
  /** Tags of that frame, for filters. */
  readonly tags: readonly string[];
  /** Lineage of what produced the text. */
  readonly lineage: string;
}

/** media.work, keyed by assetId/segmentIndex: a bounded unit of decoding. */
export interface WorkSegment {
  /** Stable id of the asset. */
  readonly assetId: string;
  /** Asset revision: grows by one with each change of the content. */
  readonly revision: number;
  /** The tenant; a filter everywhere. */
  readonly library: string;
  /** LIVE goes before BULK. */
  readonly priority: Priority;
  /** SHA-256 of the source; also the folder of its blobs. */
  readonly contentHash: string;
  /** Where the bytes are. */
  readonly sourceUri: string;
  /** The name that people know it by. */
  readonly fileName: string;
  /** What it is. */
  readonly mediaKind: MediaKind;
  /** Place of this unit in the asset: segment:<index>. */
  readonly unitId: string;
  /** From 0. */
  readonly segmentIndex: number;
  /** Segments of this asset. */
  readonly segmentCount: number;
  /** Start on the source timeline; null for images and text. */
  readonly startMs: number | null;
  /** End on the source timeline (exclusive). */
  readonly endMs: number | null;
  /** Length of the whole source. */
  readonly durationMs: number | null;
  /** There is a moving picture (a cover image does not count). */
  readonly hasVideo: boolean;
  /** There is sound. */
  readonly hasAudio: boolean;
  /** Indexes of text subtitle streams (segment 0 reads them). */
  readonly subtitleStreams: readonly number[];
  /** Frames a second, average. */
  readonly frameRate: number | null;
  /** Display width in pixels, after rotation. */
  readonly width: number | null;
  /** Display height in pixels, after rotation. */
  readonly height: number | null;
  /** Identity of the source when it was hashed (what changes whenever its bytes may have changed); one that still has it is not hashed again. Null: hash it. */
  readonly sourceIdentity: string | null;
}

/** The record of each schema that has a topic, by name. */
export interface SchemaTypes {
  readonly AssetAdmitted: AssetAdmitted;
  readonly AssetDocument: AssetDocument;
  readonly AssetSubmitted: AssetSubmitted;
  readonly AudioChunk: AudioChunk;
  readonly AuditEvent: AuditEvent;
  readonly ContentClaim: ContentClaim;
  readonly DeadLetter: DeadLetter;
  readonly Frame: Frame;
  readonly Insight: Insight;
  readonly TextUnit: TextUnit;
  readonly WorkSegment: WorkSegment;
}

/** The .avsc file of each schema, without its ending. */
export const SCHEMA_FILES = {
  AssetAdmitted: 'asset-admitted',
  AssetDocument: 'asset-document',
  AssetSubmitted: 'asset-submitted',
  AudioChunk: 'audio-chunk',
  AuditEvent: 'audit-event',
  ContentClaim: 'content-claim',
  DeadLetter: 'dead-letter',
  Frame: 'frame',
  Insight: 'insight',
  TextUnit: 'text-unit',
  WorkSegment: 'work-segment',
} as const satisfies Record<keyof SchemaTypes, string>;
