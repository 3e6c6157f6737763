/** How far each stage is: what its topics hold, and what it has committed. */
import type { LogDriver } from '../../connectors/ports/index.ts';
import { topicPartitionKey } from '../../connectors/ports/index.ts';
import { STAGES } from './stage.ts';
import type { Stage } from './stage.ts';
import { sourcesOf } from './subtopologies.ts';
import type { SubtopologyOptions } from './subtopologies.ts';

export interface StageInput {
  readonly topic: string;
  /** Records in the topic. */
  readonly end: number;
  /** Records that the stage has committed. */
  readonly committed: number;
}

export interface StageProgress {
  readonly stage: Stage;
  readonly inputs: readonly StageInput[];
  /** Records not committed yet, over all inputs. */
  readonly lag: number;
}

/** Of all stages, whether they run here or elsewhere: the log knows. */
export async function stageProgress(driver: Pick<LogDriver, 'endOffsets' | 'committedPositions'>, applicationId: string, options: SubtopologyOptions = {}): Promise<StageProgress[]> {
  return Promise.all(STAGES.map(async (stage) => {
    const groups = await Promise.all(sourcesOf(stage, options).map(([name, topics]) => groupInputs(driver, `${applicationId}-${name}`, topics)));
    const inputs = groups.flat();
    return { stage, inputs, lag: inputs.reduce((sum, { end, committed }) => sum + end - committed, 0) };
  }));
}

async function groupInputs(driver: Pick<LogDriver, 'endOffsets' | 'committedPositions'>, groupId: string, topics: readonly string[]): Promise<StageInput[]> {
  // Positions first: an end that is read later is never below them.
  const positions = await driver.committedPositions(groupId);
  return Promise.all(topics.map(async (topic) => {
    const ends = await driver.endOffsets(topic);
    const committed = ends.reduce((sum, _end, partition) => sum + (positions.get(topicPartitionKey({ topic, partition })) ?? 0), 0);
    return { topic, end: ends.reduce((sum, end) => sum + end, 0), committed };
  }));
}
