/** A LogDriver with nothing behind it: what TopologyTestDriver runs on. Nothing outlives it. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type {
  GroupMember, GroupOptions, LogDriver, LogRecord, OutgoingRecord, PollOptions, Positions, TopicPartition, TopicSpec,
} from '../../connectors/ports/index.ts';
import { MemoryGroup } from './memory-group.ts';
import { MemoryTopic } from './memory-topic.ts';

export class MemoryLogDriver implements LogDriver {
  readonly changelogs = false;
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #groups = new Map<string, MemoryGroup>();

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    for (const { topic, partitions } of topics) {
      const existing = this.#topics.get(topic)?.partitions;
      if (existing === undefined) this.#topics.set(topic, new MemoryTopic(topic, partitions));
      else if (existing !== partitions) throw new MillraceError('MILL_TOPIC_MISMATCH', `Topic ${topic} has ${existing} partitions, and ${partitions} are wanted.`);
    }
  }

  async partitionCount(topic: string): Promise<number | undefined> {
    return this.#topics.get(topic)?.partitions;
  }

  async produce(records: readonly OutgoingRecord[]): Promise<void> {
    for (const record of records) this.append(record);
  }

  /** As `produce`, at once. */
  append(record: OutgoingRecord): void {
    this.#topic(record.topic).append(record);
  }

  maxRecordBytes(_topic: string): number | undefined {
    return undefined;
  }

  async join(options: GroupOptions): Promise<GroupMember> {
    return this.#group(options.groupId).join(options);
  }

  /** As a broker does on a change of leader: every member is told that it lost its tasks, and is assigned them anew. */
  interrupt(groupId: string): Promise<void> {
    return this.#group(groupId).rebalance(true);
  }

  async endOffsets(topic: string): Promise<number[]> {
    return this.#topic(topic).ends;
  }

  async committedPositions(groupId: string): Promise<Positions> {
    return new Map(this.#group(groupId).positions);
  }

  async deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    for (const [partition, offset] of before) this.#topic(topic).deleteBefore(partition, offset);
  }

  async startOffsets(topic: string): Promise<number[]> {
    return this.#topic(topic).starts;
  }

  async read({ topic, partition }: TopicPartition, offset: number, maxRecords: number): Promise<LogRecord[]> {
    return this.#topic(topic).read(partition, offset, maxRecords);
  }

  /** All records from the given offsets on (from the start where there is none), partition by partition. */
  partitionsFrom(topic: string, offsets: readonly number[]): LogRecord[][] {
    const { ends } = this.#topic(topic);
    return ends.map((end, partition) => this.#topic(topic).read(partition, offsets[partition] ?? 0, end));
  }

  async close(): Promise<void> {
    // Whoever holds tasks closes them.
  }

  #group(groupId: string): MemoryGroup {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      group = new MemoryGroup({
        partitionCount: (topic) => this.#topic(topic).partitions,
        append: (record) => { this.append(record); },
        poll: ({ topic, partition }: TopicPartition, offset: number, options: PollOptions) => this.#topic(topic).poll(partition, offset, options),
      });
      this.#groups.set(groupId, group);
    }
    return group;
  }

  #topic(name: string): MemoryTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new MillraceError('MILL_TOPIC_MISMATCH', `Topic ${name} does not exist.`);
    return topic;
  }
}
