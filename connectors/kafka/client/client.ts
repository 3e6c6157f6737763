/**
 * What the Kafka connector needs of a client library, and no more: each driver (`kafkajs/`, `platformatic/`) fills it,
 * and everything above it (`../log/`) is written once. One contract test and one fault suite hold the drivers together.
 *
 * Reading is apart from membership. A group member only learns which partitions are its own; records are read by
 * `fetch` at positions that the caller names, so a rebalance neither loses a position nor un-pauses a partition, what is
 * not asked for is not read, and changelogs are read the same way as sources.
 */
import type { LogRecord, OutgoingRecord, Positions, TopicPartition } from '../../ports/index.ts';

export type IsolationLevel = 'read_committed' | 'read_uncommitted';

export interface TopicDescription {
  readonly topic: string;
  /** Node id of the leader of each partition; -1 where there is none now. */
  readonly leaders: readonly number[];
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Absent: the broker's default. */
  readonly replicationFactor?: number;
  /** Topic configs, by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
}

export interface FetchPosition extends TopicPartition {
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchOptions {
  readonly isolation: IsolationLevel;
  /** How long the broker may wait for a first byte. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
}

export type FetchedPartition = TopicPartition & (
  | {
    readonly outcome: 'records';
    /** Aborted and control records are left out. */
    readonly records: readonly LogRecord[];
    /** Where to read on: past control records, aborted ones and what compaction has removed. The offset asked for where nothing came. */
    readonly nextOffset: number;
    /** Under read_committed the last stable offset, else the high watermark. */
    readonly endOffset: number;
  }
  /** Retention has removed the offset, or it lies past the end. */
  | { readonly outcome: 'out-of-range' }
  /** The node does not lead the partition (any more), or does not know it: look the leader up anew. */
  | { readonly outcome: 'not-leader' }
);

/** Records of one partition; at least one. */
export interface PartitionBatch extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
}

/** Where a batch lies. Large ones are sent in parts, and others may write between them: only both ends are known. */
export interface StoredBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/**
 * Idempotent. How many sends are under way at once is the driver's affair: kafkajs loses and repeats records when one
 * `send` spans leaders, so it sends one partition a call.
 */
export interface KafkaProducer {
  /** Resolves when all in-sync replicas have every batch; in the order of the batches. */
  send(batches: readonly PartitionBatch[]): Promise<readonly StoredBatch[]>;
  close(): Promise<void>;
}

export interface GroupOffsets {
  readonly groupId: string;
  readonly positions: Positions;
}

/** Opening one has fenced every former producer of the id, and ended its transaction. */
export interface TransactionalProducer {
  /**
   * One transaction: the batches, and the group's offsets.
   * @throws MillraceError MILL_FENCED when another producer of the id was opened; MILL_COMMIT_INDEFINITE when the outcome
   * is unknown. After any error the producer must be closed and not used again.
   */
  transact(batches: readonly PartitionBatch[], offsets: GroupOffsets): Promise<readonly StoredBatch[]>;
  close(): Promise<void>;
}

export interface GroupMemberInfo {
  readonly memberId: string;
  /** What the member told about itself when it joined. */
  readonly userData: Buffer;
  readonly topics: readonly string[];
}

export type PartitionsByTopic = ReadonlyMap<string, readonly number[]>;

/** Run by the leader of the group: what each member (by id) shall have. */
export type Assign = (members: readonly GroupMemberInfo[]) => Promise<ReadonlyMap<string, PartitionsByTopic>>;

export interface MembershipOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Name of the assignment protocol: members agree only if all have it. */
  readonly protocol: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly assign: Assign;
  /** Asked anew for each join. */
  readonly userData: () => Buffer;
  /** After each join, in order; also when nothing changed. */
  readonly onAssigned: (assignment: { readonly memberId: string; readonly partitions: PartitionsByTopic }) => void;
  /** Membership was interrupted: until the next `onAssigned` others may own the partitions. */
  readonly onRebalancing: () => void;
  /** The library has given up; join anew. */
  readonly onFailed: (error: unknown) => void;
}

/** Heartbeats go out by themselves while the event loop turns, whatever records are being processed. */
export interface Membership {
  /** Commits as this member of this generation. @throws MillraceError MILL_FENCED when the group knows the member no more, MILL_REBALANCING (try again after the next assignment) */
  commit(positions: Positions): Promise<void>;
  /** Tells the group, so that others take over at once. */
  leave(): Promise<void>;
}

export interface GroupMemberDescription {
  readonly memberId: string;
  readonly userData: Buffer;
  readonly partitions: PartitionsByTopic;
}

export interface KafkaClient {
  /** Topics that do not exist are left out. Asks the cluster each time. */
  describeTopics(topics: readonly string[]): Promise<readonly TopicDescription[]>;
  /** A topic that exists already is left as it is. Resolves when every partition has a leader. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** Effective configs of a topic, by Kafka's names. */
  topicConfigs(topic: string, names: readonly string[]): Promise<Readonly<Record<string, string>>>;
  deleteTopics(topics: readonly string[]): Promise<void>;
  /** Removes the records below each offset, by partition. */
  deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void>;
  /** By partition. 'latest' under read_committed is the last stable offset. */
  offsets(topic: string, at: 'earliest' | 'latest', isolation: IsolationLevel): Promise<readonly number[]>;
  /** What the group has committed for the topics; a partition without a commit is left out. */
  groupOffsets(groupId: string, topics: readonly string[]): Promise<Positions>;
  describeGroup(groupId: string): Promise<readonly GroupMemberDescription[]>;
  /** One Fetch request to one node. Several may be under way at once. */
  fetch(node: number, positions: readonly FetchPosition[], options: FetchOptions): Promise<readonly FetchedPartition[]>;
  producer(): Promise<KafkaProducer>;
  transactionalProducer(transactionalId: string, options: { readonly timeoutMs: number }): Promise<TransactionalProducer>;
  /** Resolves when the member has its first assignment. */
  joinGroup(options: MembershipOptions): Promise<Membership>;
  /** Closes the connections; producers and memberships are closed by whoever opened them. */
  close(): Promise<void>;
}
