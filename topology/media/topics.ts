/** The topics of the media topology: names, keys, partitions and retention. */
import type { TopicSpec } from '../../connectors/ports/index.ts';

export const TOPICS = {
  /** [asset] AssetSubmitted; a tombstone removes the asset. */
  assets: 'media.assets',
  /** [content hash] ContentClaim: which assets refer to a content. */
  claims: 'media.claims',
  /** [asset] AssetAdmitted; a tombstone for a removed asset. */
  admitted: 'media.admitted',
  /** [asset/segment] WorkSegment */
  work: 'media.work',
  /** [asset/unit] Frame */
  frames: 'media.frames',
  /** [asset/unit] AudioChunk */
  audio: 'media.audio',
  /** [asset/unit] TextUnit */
  text: 'media.text',
  /** [asset] Insight */
  insights: 'media.insights',
  /** [asset] AssetDocument; a tombstone takes the asset out of the index. */
  documents: 'media.documents',
  /** [asset] AuditEvent */
  audit: 'media.audit',
  /** Dead letters, in the form of KIP-1034. */
  deadLetters: 'media.dlq',
} as const;

export type MediaTopic = (typeof TOPICS)[keyof typeof TOPICS];

/** Kafka's default. What is older than this cannot be repeated any more. */
export const WORK_RETENTION_MS = 7 * 24 * 60 * 60 * 1000;

/** Kafka's default limit of a record, and room for the headers that say what went wrong. */
const MAX_DEAD_LETTER_BYTES = (1024 + 64) * 1024;

const DEFAULT_PARTITIONS = 4;

/** Between the stages; the other topics are the history of the assets, and kept. */
const PASSING: readonly MediaTopic[] = [TOPICS.claims, TOPICS.admitted, TOPICS.work, TOPICS.frames, TOPICS.audio, TOPICS.text];

/** For `LogDriver.ensureTopics`. All have one partition count: stages join topics that are keyed by asset. */
export function mediaTopicSpecs(partitions: number = DEFAULT_PARTITIONS): TopicSpec[] {
  return Object.values(TOPICS).map((topic) => ({
    topic,
    partitions,
    ...(topic === TOPICS.documents ? { cleanupPolicy: 'compact' as const } : {}),
    ...(PASSING.includes(topic) ? { retentionMs: WORK_RETENTION_MS } : {}),
    ...(topic === TOPICS.deadLetters ? { maxRecordBytes: MAX_DEAD_LETTER_BYTES } : {}),
  }));
}
