/** What membership of a group needs of the log that runs on it, and what it gives back. */
import type { GroupOptions, Positions, TaskId, TaskOwner } from '../../ports/index.ts';
import type { KafkaClient } from '../client/index.ts';
import type { CompiledKafkaLogOptions } from '../options.ts';

/** A task whose state lies on this machine's disk. */
export interface WarmTask {
  readonly task: TaskId;
  /** Sum of the changelog offsets up to which it has been restored: the greater, the less is left to restore. */
  readonly offsetSum: number;
}

/** A task of another member whose state is kept up to date here. It deals with its own failures, and tries again. */
export interface StandbyHandle {
  /** Resolves when the state folder is closed, and so can be opened by the task itself. */
  stop(): Promise<void>;
}

export interface GroupDeps {
  readonly client: KafkaClient;
  readonly options: CompiledKafkaLogOptions;
  readonly groupOptions: GroupOptions;
  /** Of every source topic. */
  readonly partitionCounts: ReadonlyMap<string, number>;
  /** Checkpoints on disk, whether a task or a standby wrote them. */
  warmTasks(): Promise<readonly WarmTask[]>;
  readonly standby: { start(task: TaskId): StandbyHandle };
}

export interface KafkaGroup {
  /**
   * Commits offsets as the member, and tries again through a rebalance while the tasks of the positions stay here.
   * @throws MillraceError MILL_FENCED when they do not, or their ownership was interrupted
   */
  commit(positions: Positions): Promise<void>;
  /** A second old at most. While the group rebalances it names no owners: the last known ones are given. */
  owners(): Promise<readonly TaskOwner[]>;
  /** By the newest assignment, whether it has been handled or waits for its turn. False after `leave`. */
  isOwned(task: TaskId): boolean;
  /** Stops the standbys, and tells the group, so that others take over at once. */
  leave(): Promise<void>;
}
