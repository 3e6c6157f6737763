/**
 * What one task reads and commits through.
 *
 *     OPEN --opened anew, or its member leaves--> FENCED    commit and poll throw MILL_FENCED, or what has become of its topics
 *     OPEN --a commit fails---------------------> FAILED    the next commit throws the same: the task must be opened anew
 *     OPEN --close()----------------------------> CLOSED    polls that wait resolve with no records
 */
import { MillraceError, toMillraceError, topicPartitionKey } from '../../ports/index.ts';
import type { ChangelogSpec, EpochCommit, LogRecord, OrderedKeyValue, OutgoingRecord, PollOptions, Positions, TaskLog, TopicPartition } from '../../ports/index.ts';
import { encodeChangelog, opsByStore } from '../../../state/index.ts';
import type { PartitionBatch } from '../client/index.ts';
import type { CommitPath } from './commit-path.ts';
import type { Fetcher } from './fetcher.ts';
import type { PartitionReader, ReadBatch } from './partition-reader.ts';
import type { Router } from './router.ts';
import type { StateFolder } from './state-folder.ts';
import type { TopicTable } from './topics.ts';

const NO_HEADERS = {};

export interface TaskLogParts {
  readonly name: string;
  readonly partition: number;
  readonly changelogs: readonly ChangelogSpec[];
  readonly committed: Positions;
  readonly folder: StateFolder;
  readonly path: CommitPath;
  readonly fetcher: Fetcher;
  readonly router: Router;
  readonly topics: TopicTable;
  /** Where to read on from a position whose records are gone. @throws MillraceError MILL_OFFSET_OUT_OF_RANGE */
  readonly reset: (source: TopicPartition, position: number) => Promise<number>;
  /** Closes what the task has open. */
  readonly onClose: (log: KafkaTaskLog) => Promise<void>;
}

export class KafkaTaskLog implements TaskLog {
  readonly committed: Positions;
  readonly state: OrderedKeyValue;
  readonly #parts: TaskLogParts;
  readonly #readers = new Map<string, PartitionReader>();
  #status: 'open' | 'fenced' | 'closed' = 'open';
  #fencedBy: MillraceError | undefined;
  #failure: MillraceError | undefined;
  #committing: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: TaskLogParts) {
    this.#parts = parts;
    this.committed = parts.committed;
    this.state = parts.folder.state;
  }

  async poll(source: TopicPartition, offset: number, options: PollOptions): Promise<LogRecord[]> {
    this.#assertOpen();
    const reader = this.#readerOf(source, offset);
    for (let next = offset; !options.signal.aborted;) {
      const batch = await this.#take(reader, next, options);
      if (batch === undefined) break;
      if (batch.records.length > 0) return batch.records as LogRecord[];
      next = batch.nextOffset;
    }
    if (this.#status === 'fenced') this.#assertOpen();
    return [];
  }

  async commit(epoch: EpochCommit): Promise<void> {
    this.#assertOpen();
    if (this.#failure !== undefined) throw this.#failure;
    const committing = this.#commit(epoch);
    this.#committing = committing.catch(() => undefined);
    try {
      await committing;
    } catch (error) {
      this.#failure = toMillraceError(error, 'MILL_COMMIT_INDEFINITE');
      throw this.#failure;
    }
  }

  /** @param reason what commits and polls throw from now on, where it is not MILL_FENCED */
  fence(reason?: MillraceError): void {
    this.#fencedBy ??= reason;
    this.#end('fenced');
  }

  /** Also closes what was fenced; a commit that runs is waited for. */
  close(): Promise<void> {
    this.#end('closed');
    this.#closing ??= (async () => {
      await this.#committing;
      await this.#parts.onClose(this);
    })();
    return this.#closing;
  }

  async #commit({ outputs, positions, state }: EpochCommit): Promise<void> {
    const { router, path, folder } = this.#parts;
    const nowMs = Date.now();
    const changelog = this.#changelogOf(state, nowMs);
    const batches = await router.route(outputs);
    if (batches.length === 0 && changelog.length === 0 && positions.size === 0) {
      await folder.write(state, new Map(), nowMs);
      return;
    }
    this.#assertOpen();
    const stored = await path.commit(batches, changelog, this.#furthest(positions));
    await folder.write(state, new Map(changelog.map(({ topic }, index) => [topic, (stored[index]?.lastOffset ?? 0) + 1])), nowMs);
  }

  /** `timestampMs`: when it is written, and not the time of any record: retention of a changelog counts from the write. */
  #changelogOf(ops: EpochCommit['state'], timestampMs: number): PartitionBatch[] {
    const { changelogs, topics, partition } = this.#parts;
    if (ops.length === 0 || changelogs.length === 0) return [];
    const byStore = opsByStore(ops, changelogs.map(({ store }) => store));
    return changelogs.flatMap((changelog): PartitionBatch[] => {
      const { topic, store } = changelog;
      const records = encodeChangelog(changelog, byStore.get(store) ?? [], topics.get(topic).maxRecordBytes)
        .map(({ key, value }): OutgoingRecord => ({ topic, partition, timestampMs, key, value, headers: NO_HEADERS }));
      return records.length === 0 ? [] : [{ topic, partition, records }];
    });
  }

  /** Past what nobody can read: then the next owner, and whoever measures lag, need not read it either. */
  #furthest(positions: Positions): Positions {
    return new Map([...positions].map(([key, position]) => [key, this.#readers.get(key)?.furthest(position) ?? position]));
  }

  async #take(reader: PartitionReader, offset: number, options: PollOptions): Promise<ReadBatch | undefined> {
    try {
      return await reader.take(offset, options, options.signal);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'MILL_OFFSET_OUT_OF_RANGE') throw error;
      return { records: [], nextOffset: await this.#parts.reset(reader, offset) };
    }
  }

  #readerOf(source: TopicPartition, offset: number): PartitionReader {
    const key = topicPartitionKey(source);
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const reader = this.#parts.fetcher.open(source, offset);
    this.#readers.set(key, reader);
    return reader;
  }

  #end(status: 'fenced' | 'closed'): void {
    if (this.#status !== 'open') return;
    this.#status = status;
    for (const reader of this.#readers.values()) reader.close();
  }

  #assertOpen(): void {
    if (this.#status === 'fenced') throw this.#fencedBy ?? new MillraceError('MILL_FENCED', `Task ${this.#parts.name} belongs to another owner now.`);
    if (this.#status === 'closed') throw new MillraceError('MILL_CLOSED', `The log of task ${this.#parts.name} was used after it was closed.`);
  }
}
