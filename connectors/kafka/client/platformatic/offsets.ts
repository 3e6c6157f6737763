/** Positions, as the library's requests take them. */
import type { Positions } from '../../../ports/index.ts';
import { byTopic, entriesOf } from '../by-topic.ts';

interface CommittedTopic {
  readonly name: string;
  readonly partitions: { readonly partitionIndex: number; readonly committedOffset: bigint; readonly committedLeaderEpoch: number; readonly committedMetadata: string }[];
}

/** A position is the next offset to read, and so is what Kafka commits. */
export const committedOffsets = (positions: Positions): CommittedTopic[] => byTopic(entriesOf(positions), ({ partition, offset }) =>
  ({ partitionIndex: partition, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: '' })).map(({ topic, partitions }) => ({ name: topic, partitions }));
