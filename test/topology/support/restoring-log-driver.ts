/** A log in memory that restores a store before it opens a task: batch by batch, as the test says. */
import { once } from 'node:events';
import type { GroupMember, GroupOptions, OpenTaskOptions, TaskId } from '../../../connectors/ports/index.ts';
import { MemoryLogDriver } from '../../../topology/index.ts';

export interface RunningRestore {
  readonly task: TaskId;
  readonly signal: AbortSignal | undefined;
  /** Reports this many records more. */
  batch(records: number): void;
  /** Reports the end, and opens the task. */
  end(): void;
}

export class RestoringLogDriver extends MemoryLogDriver {
  readonly restores: RunningRestore[] = [];
  /** Logs that were closed. */
  closed = 0;
  readonly #endOffset: number;
  readonly #heedsSignal: boolean;

  constructor({ endOffset, heedsSignal = true }: { readonly endOffset: number; readonly heedsSignal?: boolean }) {
    super();
    this.#endOffset = endOffset;
    this.#heedsSignal = heedsSignal;
  }

  override async join(options: GroupOptions): Promise<GroupMember> {
    const member = await super.join(options);
    return {
      ...member,
      openTask: async (task, openOptions) => {
        await this.#restore(task, openOptions);
        const log = await member.openTask(task, openOptions);
        return {
          ...log,
          close: async () => {
            this.closed++;
            await log.close();
          },
        };
      },
    };
  }

  async #restore(task: TaskId, { signal, onRestore }: OpenTaskOptions = {}): Promise<void> {
    let offset = 0;
    const report = (): void => {
      onRestore?.({
        store: 'counts', changelog: { topic: 'app-counts-changelog', partition: task.partition },
        startOffset: 0, offset, endOffset: this.#endOffset, restoredRecords: offset,
      });
    };
    report();
    const ended = new Promise<void>((resolve) => {
      this.restores.push({
        task,
        signal,
        batch: (records) => {
          offset += records;
          report();
        },
        end: () => {
          offset = this.#endOffset;
          report();
          resolve();
        },
      });
    });
    const aborted = signal === undefined || !this.#heedsSignal ? ended : once(signal, 'abort').then(() => { throw new Error('aborted'); });
    await Promise.race([ended, aborted]);
  }
}
