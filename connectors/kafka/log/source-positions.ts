/** Where a task reads on, and what becomes of a position whose records are gone. */
import { MillraceError, topicPartitionKey } from '../../ports/index.ts';
import type { TopicPartition } from '../../ports/index.ts';
import type { KafkaClient } from '../client/index.ts';

export type OffsetReset = 'earliest' | 'latest' | undefined;

export interface PositionOptions {
  readonly client: KafkaClient;
  readonly groupId: string;
  readonly sources: readonly TopicPartition[];
  readonly reset: OffsetReset;
}

/**
 * Committed positions; the earliest there is where nothing was committed.
 * @throws MillraceError MILL_OFFSET_OUT_OF_RANGE
 */
export async function startingPositions({ client, groupId, sources, reset }: PositionOptions): Promise<ReadonlyMap<string, number>> {
  const committed = await client.groupOffsets(groupId, sources.map(({ topic }) => topic));
  return new Map(await Promise.all(sources.map(async (source): Promise<[string, number]> => {
    const key = topicPartitionKey(source);
    return [key, await validPosition(client, source, committed.get(key), reset)];
  })));
}

/**
 * The position itself where the partition has it, else the one that `reset` says.
 * @throws MillraceError MILL_OFFSET_OUT_OF_RANGE, which names what is lost
 */
export async function validPosition(client: KafkaClient, source: TopicPartition, position: number | undefined, reset: OffsetReset): Promise<number> {
  const { topic, partition } = source;
  const [starts, ends] = await Promise.all([client.offsets(topic, 'earliest', 'read_uncommitted'), client.offsets(topic, 'latest', 'read_uncommitted')]);
  const start = starts[partition];
  const end = ends[partition];
  if (start === undefined || end === undefined) throw new MillraceError('MILL_TOPIC_MISMATCH', `Topic ${topic} has no partition ${partition}.`);
  if (position === undefined) return start;
  if (position >= start && position <= end) return position;
  if (reset !== undefined) {
    const next = reset === 'earliest' ? start : end;
    process.emitWarning(`${describeLoss(source, position, start, end)} Reading goes on at ${next}, as autoOffsetReset says.`);
    return next;
  }
  throw new MillraceError('MILL_OFFSET_OUT_OF_RANGE', describeLoss(source, position, start, end));
}

function describeLoss({ topic, partition }: TopicPartition, position: number, start: number, end: number): string {
  if (position < start) return `Offsets ${position} to ${start - 1} of topic ${topic}, partition ${partition}, were removed before they were processed: ${start - position} are lost.`;
  return `Topic ${topic}, partition ${partition}, ends at offset ${end}, and was processed up to ${position}: offsets ${end} to ${position - 1} are lost. The topic was made anew, or its brokers lost records.`;
}
