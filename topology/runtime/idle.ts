/**
 * Whether everything that was written has been processed to its end, over all sub-topologies.
 *
 * Committed positions are read, then end offsets, then positions again. A commit moves its task's positions together
 * with its outputs, so if both readings are equal nothing was committed between them, in this process or another; and
 * if they equal the end offsets, which were read between, then no record is unread, in flight or uncommitted anywhere.
 */
import { topicPartitionKey } from '../../connectors/ports/index.ts';
import type { LogDriver } from '../../connectors/ports/index.ts';

export interface IdleGroup {
  readonly groupId: string;
  readonly sourceTopics: readonly string[];
}

async function positionsOf(driver: LogDriver, groups: readonly IdleGroup[]): Promise<ReadonlyMap<string, number>[]> {
  return Promise.all(groups.map(({ groupId }) => driver.committedPositions(groupId)));
}

export async function isIdle(driver: LogDriver, groups: readonly IdleGroup[]): Promise<boolean> {
  const before = await positionsOf(driver, groups);
  const topics = [...new Set(groups.flatMap(({ sourceTopics }) => sourceTopics))];
  const ends = new Map(await Promise.all(topics.map(async (topic): Promise<[string, number[]]> => [topic, await driver.endOffsets(topic)])));
  const after = await positionsOf(driver, groups);
  return groups.every(({ sourceTopics }, index) => sourceTopics.every((topic) => (ends.get(topic) ?? []).every((end, partition) => {
    const key = topicPartitionKey({ topic, partition });
    return (before[index]?.get(key) ?? 0) === end && (after[index]?.get(key) ?? 0) === end;
  })));
}
