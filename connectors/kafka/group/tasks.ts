/**
 * The tasks of a group and the partitions of its topics: a task is a sub-topology at one partition number, and has that
 * partition of each of its sources. The group speaks of partitions, everything here of tasks.
 */
import { MillraceError, topicPartitionKey } from '../../ports/index.ts';
import type { SubtopologySpec, TaskId } from '../../ports/index.ts';
import type { PartitionsByTopic } from '../client/index.ts';

/** `<sub-topology>_<partition>`, as the state folders are named. */
export const taskKey = ({ subtopology, partition }: TaskId): string => `${subtopology}_${partition}`;

export class TaskTable {
  /** By partition, then by sub-topology: neighbours share no sub-topology, so whoever gets every n-th has some of each. */
  readonly all: readonly TaskId[];
  readonly topics: readonly string[];
  readonly #sources = new Map<string, readonly string[]>();
  readonly #byPartition = new Map<string, TaskId>();

  /** @throws MillraceError MILL_TOPIC_MISMATCH, MILL_TOPOLOGY_INVALID */
  constructor(groupId: string, subtopologies: readonly SubtopologySpec[], partitionCounts: ReadonlyMap<string, number>) {
    this.all = subtopologies
      .flatMap((spec) => Array.from({ length: copartitions(spec, partitionCounts) }, (_, partition) => ({ subtopology: spec.name, partition })))
      .sort((a, b) => a.partition - b.partition || (a.subtopology < b.subtopology ? -1 : 1));
    for (const { name, sources } of subtopologies) this.#sources.set(name, sources);
    this.topics = [...this.#sources.values()].flat();
    for (const task of this.all) {
      for (const key of this.#keysOf(task)) {
        const other = this.#byPartition.get(key);
        if (other !== undefined) throw new MillraceError('MILL_TOPOLOGY_INVALID', `Group ${groupId} reads ${key} in the sub-topologies ${other.subtopology} and ${task.subtopology}; a group has one position a partition.`);
        this.#byPartition.set(key, task);
      }
    }
  }

  /** `topicPartition` is a key of Positions. */
  taskOf(topicPartition: string): TaskId | undefined {
    return this.#byPartition.get(topicPartition);
  }

  /** A leader of another version may know fewer sources: the task goes with whichever it knows. */
  tasksOf(partitions: PartitionsByTopic): TaskId[] {
    const tasks = new Map<string, TaskId>();
    for (const [topic, numbers] of partitions) {
      for (const partition of numbers) {
        const task = this.taskOf(topicPartitionKey({ topic, partition }));
        if (task !== undefined) tasks.set(taskKey(task), task);
      }
    }
    return [...tasks.values()];
  }

  partitionsOf(tasks: readonly TaskId[]): Map<string, number[]> {
    const partitions = new Map<string, number[]>();
    for (const { subtopology, partition } of tasks) {
      for (const topic of this.#sources.get(subtopology) ?? []) {
        const numbers = partitions.get(topic);
        if (numbers === undefined) partitions.set(topic, [partition]);
        else numbers.push(partition);
      }
    }
    return partitions;
  }

  #keysOf({ subtopology, partition }: TaskId): string[] {
    return (this.#sources.get(subtopology) ?? []).map((topic) => topicPartitionKey({ topic, partition }));
  }
}

function copartitions({ name, sources }: SubtopologySpec, partitionCounts: ReadonlyMap<string, number>): number {
  const counts = new Set(sources.map((topic) => partitionCounts.get(topic)));
  const [count] = counts;
  if (counts.size === 1 && count !== undefined) return count;
  const listed = sources.map((topic) => `${topic} ${partitionCounts.get(topic) ?? 'does not exist'}`).join(', ');
  throw new MillraceError('MILL_TOPIC_MISMATCH', `The sources of sub-topology ${name} must have the same number of partitions: ${listed}.`);
}
