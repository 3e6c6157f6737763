/** Positions, in the shapes of requests. */
import type { Positions, TopicPartition } from '../../../ports/index.ts';

export function partitionsByTopic(partitions: Iterable<TopicPartition>): Map<string, number[]> {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const of = topics.get(topic);
    if (of === undefined) topics.set(topic, [partition]); else of.push(partition);
  }
  return topics;
}

/** Topics may hold a slash no more than Kafka lets them, so the last one parts a position's key. */
export function parsePosition(key: string): TopicPartition {
  const slash = key.lastIndexOf('/');
  return { topic: key.slice(0, slash), partition: Number(key.slice(slash + 1)) };
}

interface CommittedTopic {
  readonly name: string;
  readonly partitions: { readonly partitionIndex: number; readonly committedOffset: bigint; readonly committedLeaderEpoch: number; readonly committedMetadata: string }[];
}

/** A position is the next offset to read, and so is what Kafka commits. */
export function committedOffsets(positions: Positions): CommittedTopic[] {
  const topics = new Map<string, CommittedTopic>();
  for (const [key, offset] of positions) {
    const { topic, partition } = parsePosition(key);
    let of = topics.get(topic);
    if (of === undefined) {
      of = { name: topic, partitions: [] };
      topics.set(topic, of);
    }
    of.partitions.push({ partitionIndex: partition, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: '' });
  }
  return [...topics.values()];
}
