/** How a commit leaves the task, by processing.guarantee. State is written after it, by the task. */
import type { Positions } from '../../ports/index.ts';
import type { PartitionBatch, StoredBatch, TransactionalProducer } from '../client/index.ts';
import type { KafkaGroup } from '../group/index.ts';
import type { SharedProducer } from './shared-producer.ts';

export interface CommitPath {
  /** @returns where each changelog batch lies */
  commit(outputs: readonly PartitionBatch[], changelog: readonly PartitionBatch[], positions: Positions): Promise<readonly StoredBatch[]>;
  close(): Promise<void>;
}

/** exactly_once: all in one transaction. */
export function transactionalCommits(producer: TransactionalProducer, groupId: string): CommitPath {
  return {
    commit: async (outputs, changelog, positions) => {
      const stored = await producer.transact([...outputs, ...changelog], { groupId, positions });
      return stored.slice(outputs.length);
    },
    close: () => producer.close(),
  };
}

/**
 * at_least_once: outputs, then changelog, then positions, each acknowledged before the next is sent. Were the changelog
 * first, a crash could restore a deduplication mark whose output was never written.
 */
export function acknowledgedCommits(producer: SharedProducer, group: Pick<KafkaGroup, 'commit'>): CommitPath {
  return {
    commit: async (outputs, changelog, positions) => {
      await producer.send(outputs);
      const stored = await producer.send(changelog);
      await group.commit(positions);
      return stored;
    },
    close: async () => undefined,
  };
}

