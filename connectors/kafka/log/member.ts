/**
 * A member of a group: opens the tasks that the group assigns to it. The order matters, step by step:
 *
 *     1. a transactional producer     fences the former owner, and ends its transaction
 *     2. committed positions          now that nobody else moves them
 *     3. the state folder             the former owner on this machine may hold its LOCK a little longer
 *     4. the changelogs' ends         now that nobody else writes there
 *     5. restore
 */
import { MillraceError, assertPartition } from '../../ports/index.ts';
import type { ChangelogSpec, GroupMember, GroupOptions, OpenTaskOptions, SubtopologySpec, TaskId, TaskOwner } from '../../ports/index.ts';
import type { KafkaClient } from '../client/index.ts';
import { joinKafkaGroup } from '../group/index.ts';
import type { KafkaGroup, StandbyHandle } from '../group/index.ts';
import type { CompiledKafkaLogOptions } from '../options.ts';
import { acknowledgedCommits, transactionalCommits } from './commit-path.ts';
import type { CommitPath } from './commit-path.ts';
import type { Fetcher } from './fetcher.ts';
import { openRestored } from './restorable-state.ts';
import type { StateSource } from './restorable-state.ts';
import type { Router } from './router.ts';
import type { SharedProducer } from './shared-producer.ts';
import { startingPositions, validPosition } from './source-positions.ts';
import { startStandby } from './standby.ts';
import { StateFolders } from './state-folders.ts';
import { KafkaTaskLog } from './task-log.ts';
import { TopicWatch } from './topic-watch.ts';
import type { TopicTable } from './topics.ts';

export interface MemberParts {
  readonly client: KafkaClient;
  readonly options: CompiledKafkaLogOptions;
  readonly topics: TopicTable;
  readonly router: Router;
  readonly fetcher: Fetcher;
  readonly producer: SharedProducer;
  readonly onLeft: (member: KafkaMember) => void;
}

const never = new AbortController().signal;
const keyOf = ({ subtopology, partition }: TaskId): string => `${subtopology}/${partition}`;

export class KafkaMember implements GroupMember {
  readonly #parts: MemberParts;
  readonly #groupOptions: GroupOptions;
  readonly #source: StateSource;
  readonly #open = new Map<string, KafkaTaskLog>();
  #group: KafkaGroup | undefined;
  #watch: TopicWatch | undefined;
  #cleaning: NodeJS.Timeout | undefined;
  /** The topics are not what they were: no task can be opened. */
  #broken: MillraceError | undefined;
  #left = false;

  private constructor(parts: MemberParts, groupOptions: GroupOptions) {
    this.#parts = parts;
    this.#groupOptions = groupOptions;
    const { stateDirectory, lockTimeoutMs } = parts.options;
    this.#source = { client: parts.client, fetcher: parts.fetcher, folders: new StateFolders({ stateDirectory, lockTimeoutMs, groupId: groupOptions.groupId }) };
  }

  /** @throws MillraceError MILL_TOPIC_MISMATCH, MILL_TOPOLOGY_INVALID */
  static async join(parts: MemberParts, groupOptions: GroupOptions): Promise<KafkaMember> {
    const { subtopologies } = groupOptions;
    const partitionCounts = await countPartitions(parts.topics, groupOptions);
    const member = new KafkaMember(parts, groupOptions);
    const { folders } = member.#source;
    await folders.scan(subtopologies.flatMap(({ name, sources: [source = ''] }) =>
      Array.from({ length: partitionCounts.get(source) ?? 0 }, (_, partition) => ({ subtopology: name, partition }))));
    member.#group = await joinKafkaGroup({
      client: parts.client,
      options: parts.options,
      groupOptions,
      partitionCounts,
      warmTasks: async () => folders.warmTasks(),
      standby: { start: (task) => member.#startStandby(task) },
    });
    member.#watch = new TopicWatch(parts.client, {
      counts: new Map(topicsOf(groupOptions).map((topic) => [topic, parts.topics.get(topic).partitions])),
      everyMs: parts.options.metadataMaxAgeMs,
      onChanged: (error) => { member.#break(error); },
    });
    member.#cleaning = setInterval(() => void member.#removeMoved(), parts.options.stateCleanupDelayMs).unref();
    return member;
  }

  async openTask(task: TaskId, { signal = never, onRestore }: OpenTaskOptions = {}): Promise<KafkaTaskLog> {
    const { name, sources, changelogs } = this.#specOf(task);
    const { client, options, fetcher, router, topics } = this.#parts;
    const { groupId } = this.#groupOptions;
    const key = keyOf(task);
    this.#assertOwned(task);
    const former = this.#open.get(key);
    former?.fence();
    await former?.close();
    // The commit of the former may have taken long. Who opens too late would fence whoever has the task by now.
    this.#assertOwned(task);
    if (signal.aborted) throw new MillraceError('MILL_CLOSED', `Nobody waits for task ${groupId}/${key} any more.`);
    const path = await this.#openPath(task);
    try {
      const partitions = sources.map((topic) => ({ topic, partition: task.partition }));
      const committed = await startingPositions({ client, groupId, sources: partitions, reset: options.autoOffsetReset });
      const folder = await openRestored(this.#source, task, changelogs, { signal, onRestore });
      const log = new KafkaTaskLog({
        name: `${groupId}/${name}/${task.partition}`,
        partition: task.partition,
        changelogs, committed, folder, path, fetcher, router, topics,
        reset: (source, position) => validPosition(client, source, position, options.autoOffsetReset),
        onClose: async (closed) => {
          if (this.#open.get(key) === closed) this.#open.delete(key);
          await Promise.all([this.#source.folders.close(task, folder), path.close()]);
        },
      });
      this.#open.set(key, log);
      // Since this has begun to be opened.
      if (this.#left || this.#broken !== undefined) log.fence(this.#broken);
      return log;
    } catch (error) {
      await path.close();
      throw error;
    }
  }

  owners(): Promise<readonly TaskOwner[]> {
    return this.#joined.owners();
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.#watch?.close();
    clearInterval(this.#cleaning);
    for (const log of this.#open.values()) log.fence();
    const closed = await Promise.allSettled([...this.#open.values()].map((log) => log.close()));
    // A folder that does not close is no reason to stay in the group: its heartbeats would keep the tasks from others.
    await this.#group?.leave();
    this.#parts.onLeft(this);
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }

  /** Folders of tasks that others have now. While nobody has a task it may well come back. */
  async #removeMoved(): Promise<void> {
    try {
      const owned = await this.owners();
      const moved = owned.map(({ task }) => task).filter((task) => !this.#left && !this.#joined.isOwned(task));
      await this.#source.folders.removeIdle(moved, this.#parts.options.stateCleanupDelayMs);
    } catch {
      // The next time.
    }
  }

  #break(error: MillraceError): void {
    this.#broken = error;
    for (const log of this.#open.values()) log.fence(error);
  }

  get #joined(): KafkaGroup {
    if (this.#group === undefined) throw new MillraceError('MILL_CLOSED', `Group ${this.#groupOptions.groupId} is not joined yet.`);
    return this.#group;
  }

  /** Under at_least_once only to end what a former owner that worked exactly once has left open. */
  async #openPath(task: TaskId): Promise<CommitPath> {
    const { client, options, producer } = this.#parts;
    const { groupId, guarantee = 'exactly_once' } = this.#groupOptions;
    const transactional = await client.transactionalProducer(this.#transactionalId(task), { timeoutMs: options.transactionTimeoutMs });
    if (guarantee === 'exactly_once') return transactionalCommits(transactional, groupId);
    await transactional.close();
    return acknowledgedCommits(producer, this.#joined);
  }

  #transactionalId({ subtopology, partition }: TaskId): string {
    const { groupId, subtopologies } = this.#groupOptions;
    return subtopologies.length === 1 ? `${groupId}-${partition}` : `${groupId}-${subtopology}-${partition}`;
  }

  #startStandby(task: TaskId): StandbyHandle {
    return startStandby(this.#source, task, this.#specOf(task).changelogs);
  }

  #specOf({ subtopology, partition }: TaskId): SubtopologySpec & { readonly changelogs: readonly ChangelogSpec[] } {
    const { groupId, subtopologies } = this.#groupOptions;
    const spec = subtopologies.find(({ name }) => name === subtopology);
    if (spec === undefined) throw new MillraceError('MILL_TOPOLOGY_INVALID', `Group ${groupId} has no sub-topology ${subtopology}.`);
    for (const topic of spec.sources) assertPartition(topic, partition, this.#parts.topics.get(topic).partitions);
    return { ...spec, changelogs: spec.changelogs ?? [] };
  }

  #assertOwned(task: TaskId): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (!this.#joined.isOwned(task)) throw new MillraceError('MILL_FENCED', `Task ${this.#groupOptions.groupId}/${keyOf(task)} is not assigned to this member.`);
  }
}

/** Sources and changelogs. */
const topicsOf = ({ subtopologies }: GroupOptions): string[] => [...new Set(subtopologies.flatMap(({ sources, changelogs = [] }) => [...sources, ...changelogs.map(({ topic }) => topic)]))];

/** Of every source; what one task reads together, and its changelogs, must have as many. */
async function countPartitions(topics: TopicTable, groupOptions: GroupOptions): Promise<ReadonlyMap<string, number>> {
  const { groupId, subtopologies } = groupOptions;
  await topics.refresh(topicsOf(groupOptions));
  const counts = new Map<string, number>();
  const readBy = new Map<string, string>();
  for (const { name, sources, changelogs = [] } of subtopologies) {
    const found = [...sources, ...changelogs.map(({ topic }) => topic)].map((topic) => topics.get(topic));
    if (new Set(found.map(({ partitions }) => partitions)).size > 1) {
      const list = found.map((topic) => `${topic.name} has ${topic.partitions}`).join(', ');
      throw new MillraceError('MILL_TOPIC_MISMATCH', `The sources and changelogs of sub-topology ${name} must have the same number of partitions: ${list}.`);
    }
    for (const topic of sources) {
      const other = readBy.get(topic);
      if (other !== undefined) throw new MillraceError('MILL_TOPOLOGY_INVALID', `Group ${groupId} reads ${topic} in the sub-topologies ${other} and ${name}; a group has one position a partition.`);
      readBy.set(topic, name);
      counts.set(topic, topics.get(topic).partitions);
    }
  }
  return counts;
}
