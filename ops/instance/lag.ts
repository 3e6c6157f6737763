/** How far each stage is behind its inputs: end offsets less committed positions. */
import { topicPartitionKey, type LogDriver } from '../../connectors/ports/index.ts';
import type { StageStatus, TopicLag } from './instance.ts';

export interface StageGroup {
  readonly stage: string;
  readonly groupId: string;
  readonly sourceTopics: readonly string[];
}

export async function stageStatus(driver: LogDriver, { stage, groupId, sourceTopics }: StageGroup): Promise<StageStatus> {
  const positions = await driver.committedPositions(groupId);
  const inputs: TopicLag[] = [];
  for (const topic of sourceTopics) {
    if ((await driver.partitionCount(topic)) === undefined) continue;
    const ends = await driver.endOffsets(topic);
    const committed = ends.map((_, partition) => positions.get(topicPartitionKey({ topic, partition })) ?? 0);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    inputs.push({ topic, end: sum(ends), committed: sum(committed) });
  }
  return { stage, inputs, lag: inputs.reduce((total, { end, committed }) => total + end - committed, 0) };
}
