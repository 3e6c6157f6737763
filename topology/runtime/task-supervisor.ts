/**
 * Keeps one assigned task going: opens it, waits until it ends, and opens it anew with back-off when it failed. What
 * was not committed is processed again; nothing is retried from memory.
 *
 *     OPENING ──> (RESTORING) ──> RUNNING ──(failure)──> BACKING_OFF ──> OPENING
 *        └────────────┴─────────────┴──(lost, or closed)──────┴──────> CLOSED
 *
 * A close while the task is opened, or restored, ends that at once: whoever waits for a rebalance must not wait for it.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { GroupMember, TaskId, TaskLog } from '../../connectors/ports/index.ts';
import { isDefect, isFatal, MAX_DEFECTS_IN_A_ROW } from './failures.ts';
import { TaskCounters } from './metrics.ts';
import type { TaskMetrics, TaskStatus } from './metrics.ts';
import type { CompiledStreamsOptions } from './options.ts';
import type { SubtopologyPlan } from './plan.ts';
import { Restoration } from './restoration.ts';
import type { StateRestoreListener } from './restoration.ts';
import { Task } from './task.ts';

export interface SupervisorDeps {
  readonly id: TaskId;
  readonly groupId: string;
  readonly plan: SubtopologyPlan;
  readonly options: CompiledStreamsOptions;
  readonly member: Promise<GroupMember>;
  readonly topicName: (topic: string) => string;
  readonly restoreListeners: ReadonlySet<StateRestoreListener>;
  readonly onProgress: () => void;
  /** The task cannot be helped by opening it anew. */
  readonly onFatal: (error: unknown) => void;
}

export class TaskSupervisor {
  readonly id: TaskId;
  readonly #deps: SupervisorDeps;
  readonly #counters = new TaskCounters();
  readonly #run: Promise<void>;
  #status: TaskStatus = 'OPENING';
  #opened = false;
  #task: Task | null = null;
  #opening: AbortController | null = null;
  #restoration: Restoration | null = null;
  #lastError: Error | null = null;
  #stopping: 'no' | 'graceful' | 'dirty' = 'no';
  #wakeUp: () => void = () => undefined;

  constructor(deps: SupervisorDeps) {
    this.id = deps.id;
    this.#deps = deps;
    this.#run = this.#keepRunning();
  }

  /** Has been running once; that it is opened anew after a failure is its own affair. */
  get opened(): boolean {
    return this.#opened;
  }

  /** The running task. */
  get task(): Task | null {
    return this.#task;
  }

  metrics(): TaskMetrics {
    const { commits, restarts, nodes, stores, consumed, sent, records, committedRecords, process, commit, peakRecords, peakBytes } = this.#counters;
    return {
      task: this.id,
      status: this.#status,
      groupId: this.#deps.groupId,
      positions: this.#task?.positions ?? new Map(),
      buffered: this.#task?.buffered ?? { records: 0, bytes: 0, peakRecords, peakBytes },
      records,
      committedRecords,
      process: process.snapshot(),
      commit: commit.snapshot(),
      commits,
      restarts,
      restoration: this.#restoration?.metrics() ?? null,
      lastError: this.#lastError,
      nodes: Object.fromEntries([...nodes].map(([name, counters]) => [name, { ...counters }])),
      stores: Object.fromEntries([...stores].map(([name, { get, put }]) => [name, { get: get.snapshot(), put: put.snapshot() }])),
      consumed: Object.fromEntries(consumed),
      sent: Object.fromEntries(sent),
    };
  }

  /** Drops what is not committed. */
  async closeDirty(): Promise<void> {
    this.#stopping = 'dirty';
    this.#wakeUp();
    this.#opening?.abort();
    await this.#task?.closeDirty();
    await this.#run;
  }

  /** Commits what the task has taken, as far as time allows, and drops the rest. */
  async close(timeoutMs: number): Promise<void> {
    this.#stopping = 'graceful';
    this.#wakeUp();
    this.#opening?.abort();
    this.#task?.stop();
    const cancel = this.#deps.options.clock.setTimer(timeoutMs, () => { void this.closeDirty(); });
    await this.#run;
    cancel();
  }

  async #keepRunning(): Promise<void> {
    const { options, onFatal } = this.#deps;
    let failures = 0;
    while (this.#stopping === 'no') {
      const commitsBefore = this.#counters.commits;
      try {
        await this.#runOnce();
      } catch (error) {
        if (!this.#isStopping('no')) break;
        this.#lastError = error instanceof Error ? error : new Error(String(error));
        if (this.#counters.commits > commitsBefore) failures = 0;
        if (isFatal(error) || (isDefect(error) && failures >= MAX_DEFECTS_IN_A_ROW)) {
          this.#setStatus('CLOSED');
          onFatal(error);
          return;
        }
        this.#counters.restarts++;
        this.#setStatus('BACKING_OFF');
        await this.#wait(Math.min(options.maxReopenBackoffMs, options.reopenBackoffMs * 2 ** Math.min(failures++, 20)));
      }
    }
    this.#setStatus('CLOSED');
  }

  async #runOnce(): Promise<void> {
    const { id, groupId, plan, options, topicName, onProgress } = this.#deps;
    this.#setStatus('OPENING');
    const log = await this.#openLog();
    let task: Task;
    try {
      task = await Task.open({ id, groupId, plan, options, counters: this.#counters, topicName, onProgress }, log);
    } catch (error) {
      await log.close();
      throw error;
    }
    this.#task = task;
    try {
      // A close that came while the task was being opened has not reached it.
      if (this.#isStopping('dirty')) await task.closeDirty();
      else if (this.#isStopping('graceful')) task.stop();
      else this.#setStatus('RUNNING');
      await task.ended;
    } finally {
      await task.closeDirty();
      this.#task = null;
    }
  }

  /** Rejects as soon as the supervisor is closed, whether the driver does or not; a log that it opens too late is closed again. */
  async #openLog(): Promise<TaskLog> {
    const { id, options: { clock }, restoreListeners, onProgress } = this.#deps;
    const opening = new AbortController();
    this.#opening = opening;
    const restoration = new Restoration(id, clock, restoreListeners);
    this.#restoration = restoration;
    const opened = this.#deps.member.then((member) => member.openTask(id, {
      signal: opening.signal,
      onRestore: (progress) => {
        if (opening.signal.aborted) return;
        restoration.report(progress);
        this.#status = restoration.active ? 'RESTORING' : 'OPENING';
        onProgress();
      },
    }));
    const aborted = new Promise<never>((_resolve, reject) => {
      opening.signal.addEventListener('abort', () => { reject(new MillraceError('MILL_CLOSED', 'The task was closed while it was being opened.')); });
    });
    try {
      return await Promise.race([opened, aborted]);
    } catch (error) {
      opened.then((log) => log.close()).catch(() => undefined);
      throw error;
    } finally {
      restoration.close();
      this.#opening = null;
      this.#restoration = null;
    }
  }

  #isStopping(how: 'no' | 'graceful' | 'dirty'): boolean {
    return this.#stopping === how;
  }

  #setStatus(status: TaskStatus): void {
    this.#status = status;
    if (status === 'RUNNING') this.#opened = true;
    this.#deps.onProgress();
  }

  async #wait(delayMs: number): Promise<void> {
    if (this.#stopping !== 'no') return;
    await new Promise<void>((resolve) => {
      const cancel = this.#deps.options.clock.backOff(delayMs, resolve);
      this.#wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }
}
