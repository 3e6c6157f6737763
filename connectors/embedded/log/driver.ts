/**
 * The log of the embedded profile: topics, consumer positions and task state as key prefixes of one RocksDB
 * (key-space.ts), owned by one process. A commit is one atomic write of all three, so processing is exactly-once
 * without transactions or changelogs.
 */
import { MillraceError, assertPartition, topicPartitionKey } from '../../ports/index.ts';
import type {
  GroupMember, GroupOptions, LogDriver, LogRecord, OrderedKeyValue, OutgoingRecord, Positions, SubtopologySpec, TaskId, TopicPartition, TopicSpec, WriteOp,
} from '../../ports/index.ts';
import { memoryKeyValue, openRocksKeyValue } from '../../../state/index.ts';
import { CommitQueue } from './commit-queue.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import { allStateIds, stateIdKey, statePrefix } from './key-space.ts';
import { compileLogOptions } from './options.ts';
import type { CompiledLogOptions, EmbeddedLogOptions } from './options.ts';
import type { PartitionLog } from './partition-log.ts';
import { PositionTable } from './positions.ts';
import { Retention } from './retention.ts';
import { Router } from './router.ts';
import { TailCache } from './tail-cache.ts';
import { EmbeddedTaskLog } from './task-log.ts';
import { TopicCatalog, assertLegalName } from './topic-catalog.ts';

/** One read of `read()` brings at most this much. */
const MAX_READ_BYTES = 64 << 20;

class EmbeddedLog implements LogDriver {
  readonly changelogs = false;
  readonly #backend: OrderedKeyValue;
  readonly #catalog: TopicCatalog;
  readonly #positions: PositionTable;
  readonly #stateIds: Map<string, number>;
  readonly #router: Router;
  readonly #queue: CommitQueue;
  readonly #groups = new Map<string, GroupCoordinator>();
  /** The owner of each task, by the key of its state id. */
  readonly #owners = new Map<string, EmbeddedTaskLog>();
  /** Changes of topics, groups and state ids, one at a time. */
  #administration: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(backend: OrderedKeyValue, catalog: TopicCatalog, positions: PositionTable, stateIds: Map<string, number>, options: CompiledLogOptions) {
    this.#backend = backend;
    this.#catalog = catalog;
    this.#positions = positions;
    this.#stateIds = stateIds;
    this.#router = new Router(catalog);
    const retention = new Retention({ backend, catalog, positions, checkMs: options.retentionCheckMs, nowMs: options.nowMs });
    this.#queue = new CommitQueue({ backend, positions, tailCache: new TailCache(options.tailCacheBytes), retention, sync: options.sync });
  }

  static async open(backend: OrderedKeyValue, options: CompiledLogOptions): Promise<EmbeddedLog> {
    const stateIds = new Map<string, number>();
    for await (const [key, value] of backend.iterate(allStateIds)) stateIds.set(key.toString(), value.readUInt32BE());
    return new EmbeddedLog(backend, await TopicCatalog.open(backend), await PositionTable.open(backend), stateIds, options);
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#administer(() => this.#catalog.ensure(topics));
  }

  async partitionCount(topic: string): Promise<number | undefined> {
    return this.#catalog.find(topic)?.partitions;
  }

  async produce(records: readonly OutgoingRecord[]): Promise<void> {
    this.#assertOpen();
    if (records.length > 0) await this.#queue.submit({ outputs: this.#router.route(records) });
  }

  maxRecordBytes(): undefined {
    return undefined;
  }

  async join({ groupId, subtopologies, endpoint, onAssignment }: GroupOptions): Promise<GroupMember> {
    this.#assertOpen();
    assertLegalName('group id', groupId);
    const tasks = this.#tasksOf(groupId, subtopologies);
    await this.#claimPositions(groupId, subtopologies);
    let coordinator = this.#groups.get(groupId);
    if (coordinator === undefined) this.#groups.set(groupId, coordinator = new GroupCoordinator());
    const opened = new Set<EmbeddedTaskLog>();
    const group = coordinator;
    const leave = await group.join({ onAssignment, endpoint: endpoint ?? null }, tasks);
    return {
      openTask: async (task) => {
        const log = await this.#openTask(groupId, subtopologies, task, (closed) => opened.delete(closed));
        opened.add(log);
        return log;
      },
      owners: async () => group.owners(),
      leave: async () => {
        for (const log of opened) log.fence();
        leave();
      },
    };
  }

  async endOffsets(topic: string): Promise<number[]> {
    return this.#catalog.get(topic).logs.map(({ endOffset }) => endOffset);
  }

  async committedPositions(groupId: string): Promise<Positions> {
    const positions = this.#positions.of(groupId);
    const committed = new Map<string, number>();
    for (const { logs } of this.#catalog.all()) {
      for (const log of logs) {
        const position = positions.get(topicPartitionKey(log));
        // What retention removed before the group first came does not lie ahead of it.
        if (position !== undefined) committed.set(topicPartitionKey(log), Math.max(position, log.startOffset));
      }
    }
    return committed;
  }

  async deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    this.#assertOpen();
    const deletions = [...before].map(([partition, offset]) => ({ log: this.#partition(topic, partition), before: offset }));
    await this.#queue.submit({ outputs: this.#router.route([]), deletions });
  }

  async startOffsets(topic: string): Promise<number[]> {
    return this.#catalog.get(topic).logs.map(({ startOffset }) => startOffset);
  }

  async read({ topic, partition }: TopicPartition, offset: number, maxRecords: number): Promise<LogRecord[]> {
    this.#assertOpen();
    return this.#partition(topic, partition).read(offset, { maxRecords, maxBytes: MAX_READ_BYTES });
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const log of this.#owners.values()) await log.close();
      await this.#administration;
      await this.#queue.idle();
      await this.#backend.close();
    })();
    return this.#closing;
  }

  #partition(topic: string, partition: number): PartitionLog {
    const { logs } = this.#catalog.get(topic);
    assertPartition(topic, partition, logs.length);
    return logs[partition] as PartitionLog;
  }

  #tasksOf(groupId: string, subtopologies: readonly SubtopologySpec[]): TaskId[] {
    const readBy = new Map<string, string>();
    return subtopologies.flatMap(({ name, sources }) => {
      const counts = new Set(sources.map((topic) => this.#catalog.get(topic).partitions));
      if (counts.size !== 1) throw new MillraceError('MILL_TOPIC_MISMATCH', `The sources of sub-topology ${name} (${sources.join(', ')}) must have the same number of partitions.`);
      for (const topic of sources) {
        if (readBy.has(topic)) throw new MillraceError('MILL_TOPOLOGY_INVALID', `Group ${groupId} reads ${topic} in the sub-topologies ${String(readBy.get(topic))} and ${name}; a group has one position a partition.`);
        readBy.set(topic, name);
      }
      const [partitions = 0] = counts;
      return Array.from({ length: partitions }, (_, partition) => ({ subtopology: name, partition }));
    });
  }

  /** A group that has committed nothing yet stands at 0 from now on, so that retention waits for it. */
  async #claimPositions(groupId: string, subtopologies: readonly SubtopologySpec[]): Promise<void> {
    const known = this.#positions.of(groupId);
    const missing = new Map<string, number>();
    for (const topic of subtopologies.flatMap(({ sources }) => sources)) {
      for (const log of this.#catalog.get(topic).logs) {
        const key = topicPartitionKey(log);
        if (!known.has(key)) missing.set(key, 0);
      }
    }
    if (missing.size > 0) await this.#queue.submit({ outputs: this.#router.route([]), positions: { groupId, offsets: missing } });
  }

  async #openTask(groupId: string, subtopologies: readonly SubtopologySpec[], task: TaskId, onClose: (log: EmbeddedTaskLog) => void): Promise<EmbeddedTaskLog> {
    this.#assertOpen();
    const spec = subtopologies.find(({ name }) => name === task.subtopology);
    if (spec === undefined) throw new MillraceError('MILL_TOPOLOGY_INVALID', `Group ${groupId} has no sub-topology ${task.subtopology}.`);
    const key = stateIdKey(groupId, task.subtopology, task.partition);
    const owner = key.toString();
    const stateId = await this.#stateId(key);
    const log = new EmbeddedTaskLog({
      name: `${groupId}/${task.subtopology}/${task.partition}`,
      groupId,
      sources: spec.sources.map((topic) => this.#partition(topic, task.partition)),
      catalog: this.#catalog,
      router: this.#router,
      queue: this.#queue,
      backend: this.#backend,
      statePrefix: statePrefix(stateId),
      onClose: (closed) => {
        if (this.#owners.get(owner) === closed) this.#owners.delete(owner);
        onClose(closed);
      },
    });
    this.#owners.get(owner)?.fence();
    this.#owners.set(owner, log);
    // A commit of the former owner that is being written now still counts; a later one is refused.
    await this.#queue.submit({ outputs: this.#router.route([]) });
    log.begin(this.#positions.of(groupId));
    return log;
  }

  #stateId(key: Buffer): Promise<number> {
    return this.#administer(async () => {
      const known = this.#stateIds.get(key.toString());
      if (known !== undefined) return known;
      const created = this.#stateIds.size + 1;
      const value = Buffer.alloc(4);
      value.writeUInt32BE(created);
      const op: WriteOp = { type: 'put', key, value };
      await this.#backend.write([op], { sync: true });
      this.#stateIds.set(key.toString(), created);
      return created;
    });
  }

  async #administer<T>(change: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const run = this.#administration.then(change);
    this.#administration = run.catch(() => undefined);
    return run;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new MillraceError('MILL_CLOSED', 'The embedded log was used after it was closed.');
  }
}

/**
 * Opens the log, in its directory or in memory.
 * @throws MillraceError MILL_STATE_LOCKED when another process owns the directory
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions = {}): Promise<LogDriver> {
  const compiled = compileLogOptions(options);
  const { directory, lockTimeoutMs } = compiled;
  const backend = directory === undefined ? memoryKeyValue() : await openRocksKeyValue({ directory, lockTimeoutMs });
  try {
    return await EmbeddedLog.open(backend, compiled);
  } catch (error) {
    await backend.close();
    throw error;
  }
}
