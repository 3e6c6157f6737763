/**
 * Any LogDriver, with faults at the places where they hurt: before a commit, after it (its outcome unknown to the
 * task), at a poll, at a read of state. Each fault is drawn by the caller, who can so count them.
 */
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { GroupMember, GroupOptions, LogDriver, LogRecord, OutgoingRecord, Positions, TaskId, TaskLog, TopicPartition, TopicSpec } from '../../../connectors/ports/index.ts';

export type FaultPoint = 'before-commit' | 'after-commit' | 'poll' | 'state';

export type DrawFault = (point: FaultPoint, task: TaskId) => Error | null;

export class FaultyLogDriver implements LogDriver {
  readonly #driver: LogDriver;
  readonly #draw: DrawFault;

  get changelogs(): boolean {
    return this.#driver.changelogs;
  }

  maxRecordBytes(topic: string): number | undefined {
    return this.#driver.maxRecordBytes(topic);
  }

  constructor(driver: LogDriver, draw: DrawFault) {
    this.#driver = driver;
    this.#draw = draw;
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#driver.ensureTopics(topics);
  }

  partitionCount(topic: string): Promise<number | undefined> {
    return this.#driver.partitionCount(topic);
  }

  produce(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#driver.produce(records);
  }

  async join(options: GroupOptions): Promise<GroupMember> {
    const member = await this.#driver.join(options);
    return {
      openTask: async (task, options) => this.#faulty(await member.openTask(task, options), task),
      owners: () => member.owners(),
      leave: () => member.leave(),
    };
  }

  endOffsets(topic: string): Promise<number[]> {
    return this.#driver.endOffsets(topic);
  }

  committedPositions(groupId: string): Promise<Positions> {
    return this.#driver.committedPositions(groupId);
  }

  deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    return this.#driver.deleteRecords(topic, before);
  }

  startOffsets(topic: string): Promise<number[]> {
    return this.#driver.startOffsets(topic);
  }

  read(source: TopicPartition, offset: number, maxRecords: number): Promise<LogRecord[]> {
    return this.#driver.read(source, offset, maxRecords);
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  #faulty(log: TaskLog, task: TaskId): TaskLog {
    const strike = (point: FaultPoint): void => {
      const fault = this.#draw(point, task);
      if (fault !== null) throw fault;
    };
    return {
      committed: log.committed,
      state: {
        getMany: async (keys) => {
          strike('state');
          return log.state.getMany(keys);
        },
        iterate: (range) => log.state.iterate(range),
        write: (ops, options) => log.state.write(ops, options),
        close: () => log.state.close(),
      },
      poll: async (source, offset, options) => {
        const records = await log.poll(source, offset, options);
        strike('poll');
        return records;
      },
      commit: async (epoch) => {
        strike('before-commit');
        await log.commit(epoch);
        strike('after-commit');
      },
      close: () => log.close(),
    };
  }
}

export const fault = (code: 'MILL_FENCED' | 'MILL_COMMIT_INDEFINITE' | 'MILL_DISK_FULL'): MillraceError => new MillraceError(code, 'drawn by the test');
