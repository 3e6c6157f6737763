/**
 * What one task reads and commits through.
 *
 *     OPEN --openTask of the same task--> FENCED    commit and poll throw MILL_FENCED
 *     OPEN --close()--------------------> CLOSED    polls that wait resolve with no records
 */
import { MillraceError, assertPartition, topicPartitionKey } from '../../ports/index.ts';
import type { EpochCommit, LogRecord, OrderedKeyValue, PollOptions, Positions, TaskLog, TopicPartition } from '../../ports/index.ts';
import { scopeOps, scoped } from '../../../state/index.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { PartitionLog } from './partition-log.ts';
import type { Router } from './router.ts';
import type { TopicCatalog } from './topic-catalog.ts';

export interface TaskLogParts {
  readonly name: string;
  readonly groupId: string;
  readonly sources: readonly PartitionLog[];
  readonly catalog: TopicCatalog;
  readonly router: Router;
  readonly queue: CommitQueue;
  readonly backend: OrderedKeyValue;
  readonly statePrefix: Buffer;
  readonly onClose: (log: EmbeddedTaskLog) => void;
}

export class EmbeddedTaskLog implements TaskLog {
  readonly state: OrderedKeyValue;
  readonly #parts: TaskLogParts;
  #committed: Positions = new Map<string, number>();
  #status: 'open' | 'fenced' | 'closed' = 'open';

  constructor(parts: TaskLogParts) {
    this.#parts = parts;
    this.state = scoped(parts.backend, parts.statePrefix);
  }

  get committed(): Positions {
    return this.#committed;
  }

  /** What the former owner committed, once it is fenced and its last commit is through. */
  begin(positions: Positions): void {
    this.#committed = new Map(this.#parts.sources.map((source) => {
      const key = topicPartitionKey(source);
      return [key, positions.get(key) ?? 0];
    }));
  }

  async poll(source: TopicPartition, offset: number, options: PollOptions): Promise<LogRecord[]> {
    const { logs } = this.#parts.catalog.get(source.topic);
    assertPartition(source.topic, source.partition, logs.length);
    const log = logs[source.partition] as PartitionLog;
    this.#assertOpen();
    while (this.#status === 'open' && !options.signal.aborted) {
      if (Math.max(offset, log.startOffset) < log.endOffset) return log.read(offset, options);
      await log.changed(options.signal);
    }
    if (this.#status === 'fenced') this.#assertOpen();
    return [];
  }

  async commit({ outputs, positions, state }: EpochCommit): Promise<void> {
    this.#assertOpen();
    const { router, queue, groupId, statePrefix } = this.#parts;
    await queue.submit({
      outputs: router.route(outputs),
      positions: { groupId, offsets: positions },
      state: scopeOps(statePrefix, state),
      isFenced: () => this.#status === 'fenced',
    });
  }

  fence(): void {
    this.#end('fenced');
  }

  async close(): Promise<void> {
    this.#end('closed');
    this.#parts.onClose(this);
  }

  #end(status: 'fenced' | 'closed'): void {
    if (this.#status !== 'open') return;
    this.#status = status;
    for (const source of this.#parts.sources) source.wake();
  }

  #assertOpen(): void {
    if (this.#status === 'fenced') throw new MillraceError('MILL_FENCED', `Task ${this.#parts.name} was opened by another owner.`);
    if (this.#status === 'closed') throw new MillraceError('MILL_CLOSED', `The log of task ${this.#parts.name} was used after it was closed.`);
  }
}
