/**
 * How far the tasks that run here are behind. The log is asked, which may be slow or away: a collection waits a bounded
 * time for it, and then does without.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { topicPartitionKey } from '../../../connectors/ports/index.ts';
import type { LogDriver, Positions } from '../../../connectors/ports/index.ts';
import type { TaskMetrics } from '../metrics.ts';

export interface LagDeps {
  readonly driver: Pick<LogDriver, 'endOffsets' | 'committedPositions'>;
  readonly groups: readonly { readonly groupId: string; readonly sourceTopics: readonly string[] }[];
}

export interface Lag {
  readonly task: TaskMetrics;
  readonly topic: string;
  readonly records: number;
}

const TIMEOUT_MS = 2000;

export async function lagOf({ driver, groups }: LagDeps, tasks: readonly TaskMetrics[]): Promise<readonly Lag[]> {
  const here = groups.filter(({ groupId }) => tasks.some((task) => task.groupId === groupId));
  if (here.length === 0) return [];
  const patience = new AbortController();
  const asked = Promise.all(here.map(async ({ groupId, sourceTopics }) => {
    const [positions, ...ends] = await Promise.all([driver.committedPositions(groupId), ...sourceTopics.map((topic) => driver.endOffsets(topic))]);
    return tasks.filter((task) => task.groupId === groupId).flatMap((task) => sourceTopics.flatMap((topic, index) => lagIn(task, topic, positions, ends[index] ?? [])));
  }));
  const late = sleep(TIMEOUT_MS, [], { signal: patience.signal });
  try {
    return (await Promise.race([asked, late])).flat();
  } catch {
    // The log is away, or closed: what the counters say is worth having all the same.
    return [];
  } finally {
    patience.abort();
    late.catch(() => undefined);
    asked.catch(() => undefined);
  }
}

/** None where nothing was committed yet: retention may have taken any number of records before. */
function lagIn(task: TaskMetrics, topic: string, positions: Positions, ends: readonly number[]): Lag[] {
  const { partition } = task.task;
  const end = ends[partition];
  const position = positions.get(topicPartitionKey({ topic, partition }));
  return end === undefined || position === undefined ? [] : [{ task, topic, records: Math.max(0, end - position) }];
}
