/**
 * The log: partitioned topics, consumer groups, and a task's atomic commit. The engine knows Kafka only as this port;
 * `connectors/embedded` implements it on RocksDB inside the process.
 *
 * Flow is by pull: a task calls `poll` only while it holds credit, so a driver that is pushed to (Kafka) pauses a
 * partition until it is polled again.
 */
import { MillraceError } from './errors.ts';
import type { OrderedKeyValue, WriteOp } from './key-value.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** Kafka's cleanup.policy. @default 'delete' */
  readonly cleanupPolicy?: 'delete' | 'compact' | 'compact,delete';
  /** Kafka's retention.ms. @default keep for ever */
  readonly retentionMs?: number;
  /** Largest record (key, value and headers) of a topic that is made, where the log has a limit. @default the log's */
  readonly maxRecordBytes?: number;
}

/** Kafka allows a header name more than once; the last one wins here. */
export type RecordHeaders = Readonly<Record<string, Buffer>>;

export interface LogRecord extends TopicPartition {
  /** Position in its partition, from 0; a safe integer. */
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

export interface OutgoingRecord {
  readonly topic: string;
  /** Where absent, the driver's partitioner takes murmur2(key) as Kafka's does. */
  readonly partition?: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

/** The next offset to read of each source partition; keys are `topic/partition`. */
export type Positions = ReadonlyMap<string, number>;

export interface TaskId {
  /** Name of the sub-topology. */
  readonly subtopology: string;
  readonly partition: number;
}

/** The effects of all records below `positions`, and of no others. */
export interface EpochCommit {
  readonly outputs: readonly OutgoingRecord[];
  readonly positions: Positions;
  /** Writes to the task's `state`, under the keys that `state` itself uses. */
  readonly state: readonly WriteOp[];
}

export interface PollOptions {
  readonly maxRecords: number;
  /** At least one record is returned however large it is. */
  readonly maxBytes: number;
  /** Ends a wait: `poll` then resolves with no records. */
  readonly signal: AbortSignal;
}

/** What one task reads, keeps state and commits through. Opening it fences any former owner of the task. */
export interface TaskLog {
  /** Committed position of every source partition, read after fencing; the earliest there is where nothing was committed. */
  readonly committed: Positions;
  /** The task's own key space. Reads see only what was committed. */
  readonly state: OrderedKeyValue;
  /** Records from `offset` on, in order; waits until there is at least one. */
  poll(source: TopicPartition, offset: number, options: PollOptions): Promise<LogRecord[]>;
  /**
   * Atomically, or not at all.
   * @throws MillraceError MILL_FENCED when another owner took the task; MILL_COMMIT_INDEFINITE when the outcome is
   * unknown. After either the task must be closed dirty and opened anew. MILL_LOG_UNUSABLE when that cannot help.
   */
  commit(epoch: EpochCommit): Promise<void>;
  close(): Promise<void>;
}

/** Tasks of this member after a rebalance. A task is retained only if it is in `tasks` and not in `lost`. */
export interface Assignment {
  readonly generation: number;
  readonly tasks: readonly TaskId[];
  /** Tasks whose ownership was interrupted, though they may be assigned again: close them dirty. */
  readonly lost: readonly TaskId[];
}

/**
 * `keyed`: a changelog record for each write, under the key's own bytes, compacted. `batched`: one for all writes of a
 * commit, under retention; for stores whose entries expire, as whatever is older than the retention has expired too.
 */
export type ChangelogFormat = 'keyed' | 'batched';

export interface ChangelogSpec {
  readonly store: string;
  readonly topic: string;
  readonly format: ChangelogFormat;
}

export interface SubtopologySpec {
  readonly name: string;
  /** Co-partitioned source topics. */
  readonly sources: readonly string[];
  /** Of its stores, where the log keeps no state itself (`LogDriver.changelogs`). @default none */
  readonly changelogs?: readonly ChangelogSpec[];
}

/** Kafka's processing.guarantee. A log that can only do better does better. */
export type ProcessingGuarantee = 'at_least_once' | 'exactly_once';

export interface GroupOptions {
  /** application.id, or `<application.id>-<stage>`. */
  readonly groupId: string;
  readonly subtopologies: readonly SubtopologySpec[];
  /** @default 'exactly_once' */
  readonly guarantee?: ProcessingGuarantee;
  /** application.server: where this instance answers interactive queries, `host:port`. Told to the other members. */
  readonly endpoint?: string;
  /** Called in order, one at a time; the next waits for the promise. */
  readonly onAssignment: (assignment: Assignment) => Promise<void>;
}

/** Kafka Streams' StateRestoreListener, as one report. */
export interface RestoreProgress {
  readonly store: string;
  readonly changelog: TopicPartition;
  readonly startOffset: number;
  readonly offset: number;
  readonly endOffset: number;
  readonly restoredRecords: number;
}

export interface OpenTaskOptions {
  /** Ends an opening that waits or restores: it then rejects. */
  readonly signal?: AbortSignal;
  /** Called at the start, after each batch, and at the end (`offset` is then `endOffset`). */
  readonly onRestore?: (progress: RestoreProgress) => void;
}

/** Kafka Streams' StreamsMetadata of one task. */
export interface TaskOwner {
  readonly task: TaskId;
  /** `null` where the owner answers no interactive queries. */
  readonly endpoint: string | null;
}

export interface GroupMember {
  /**
   * @throws MillraceError MILL_OFFSET_OUT_OF_RANGE when retention has removed the committed position, and names what is lost
   */
  openTask(task: TaskId, options?: OpenTaskOptions): Promise<TaskLog>;
  /** Of all tasks of the group that have an owner now, in this process or another. */
  owners(): Promise<readonly TaskOwner[]>;
  leave(): Promise<void>;
}

export interface LogDriver {
  /** State lies outside the log and is restored from changelog topics: whoever runs a topology creates them. */
  readonly changelogs: boolean;
  /** OpenTelemetry's `messaging.system`. @default 'millrace' */
  readonly messagingSystem?: string;
  /** How long a task with nothing left to do should wait for more before it commits: longer where commits are dear. @default 5 */
  readonly preferredLingerMs?: number;
  /** Creates what is missing. @throws MillraceError MILL_TOPIC_MISMATCH when a topic has another partition count. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** `undefined` for a topic that does not exist. */
  partitionCount(topic: string): Promise<number | undefined>;
  /** Largest record (key, value and headers) that the topic takes; `undefined` where there is no limit. Known after `partitionCount` or `ensureTopics`. */
  maxRecordBytes(topic: string): number | undefined;
  /** Appends outside any task, as a producer does. Resolves when all are stored. */
  produce(records: readonly OutgoingRecord[]): Promise<void>;
  join(options: GroupOptions): Promise<GroupMember>;
  /** One past the last offset of each partition of the topic. */
  endOffsets(topic: string): Promise<number[]>;
  /** Committed positions of a group, for lag. Where only transaction markers lie between a position and the end, it is the end. */
  committedPositions(groupId: string): Promise<Positions>;
  /** Removes the records below an offset of each partition, as Kafka's DeleteRecords does: purging dead letters, trimming repartition topics. */
  deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void>;
  /** Offset of the oldest record of each partition, or the end where there is none. */
  startOffsets(topic: string): Promise<number[]>;
  /** Reads a range without a group: for status, the dead-letter list and replay. */
  read(source: TopicPartition, offset: number, maxRecords: number): Promise<LogRecord[]>;
  close(): Promise<void>;
}

export const topicPartitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

function refuse(topic: string, what: string): never {
  throw new MillraceError('MILL_SERIALIZATION', `A record for ${topic} has ${what}.`);
}

/** What every log takes: a time that is one, and bytes. Called for each record. @throws MillraceError MILL_SERIALIZATION */
export function assertLegalRecord({ topic, timestampMs, key, value, headers }: OutgoingRecord): void {
  if (!Number.isSafeInteger(timestampMs) || timestampMs < 0) refuse(topic, `the timestamp ${timestampMs}, which is no whole milliseconds since 1970`);
  if (key !== null && !Buffer.isBuffer(key)) refuse(topic, 'a key that is no Buffer');
  if (value !== null && !Buffer.isBuffer(value)) refuse(topic, 'a value that is no Buffer');
  for (const name in headers) if (!Buffer.isBuffer(headers[name])) refuse(topic, `a header ${name} that is no Buffer`);
}
