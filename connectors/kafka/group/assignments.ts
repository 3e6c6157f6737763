/**
 * Takes the group's assignments to the engine: in order, one at a time. While one is being handled only the newest of
 * those that follow counts, but what any of them took away is lost: another member may have had it in between.
 *
 * A task is retained only if it is assigned again to the same member id, without a break. A new id means that the group
 * had forgotten this member, and so may have given its tasks to others.
 */
import type { Assignment, TaskId } from '../../ports/index.ts';
import { taskKey } from './tasks.ts';

export interface AssignmentsDeps {
  readonly onAssignment: (assignment: Assignment) => Promise<void>;
  /** Awaited before tasks are handed over: their standbys let go of the state. */
  readonly beforeHandling: (tasks: readonly TaskId[]) => Promise<void>;
  /** Nothing is being handled, and nothing waits. */
  readonly onSettled: () => void;
  /** The engine did not take an assignment. */
  readonly onRefused: (error: unknown) => void;
}

interface Ownership {
  readonly task: TaskId;
}

export class Assignments {
  readonly #deps: AssignmentsDeps;
  #memberId: string | null = null;
  /** By the newest assignment. The object stands for one uninterrupted ownership: a task that is lost gets another. */
  #owned = new Map<string, Ownership>();
  /** What the engine was told last, or is being told. */
  #told: readonly TaskId[] = [];
  #lost = new Map<string, TaskId>();
  #waiting = false;
  #handling = false;
  #closed = false;
  #generation = 0;
  #listeners: (() => void)[] = [];

  constructor(deps: AssignmentsDeps) {
    this.#deps = deps;
  }

  get tasks(): readonly TaskId[] {
    return [...this.#owned.values()].map(({ task }) => task);
  }

  /** Counts the assignments that have come, handled or not. */
  get generation(): number {
    return this.#generation;
  }

  /** The engine has it open, or will have, or has not closed it yet. */
  isBusy(task: TaskId): boolean {
    return this.#owned.has(taskKey(task)) || this.#told.some((told) => taskKey(told) === taskKey(task));
  }

  /** The same object for as long as the ownership lasts; `undefined` where there is none. */
  ownershipOf(task: TaskId): object | undefined {
    return this.#owned.get(taskKey(task));
  }

  /** `unbroken`: what others may have owned in between is known. */
  assign(memberId: string, tasks: readonly TaskId[], unbroken: boolean): void {
    this.#take(memberId, tasks, unbroken && memberId === this.#memberId);
  }

  /** The membership is over. */
  loseAll(): void {
    if (this.#memberId !== null) this.#take(null, [], false);
  }

  /** Resolves with the next assignment, or at the end. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#listeners = this.#listeners.filter((listener) => listener !== done);
        resolve();
      };
      if (this.#closed || signal.aborted) {
        resolve();
        return;
      }
      signal.addEventListener('abort', done);
      this.#listeners.push(done);
    });
  }

  /** Nothing is owned any more, and the engine hears of nothing more: it closes its tasks itself. */
  close(): void {
    this.#closed = true;
    this.#waiting = false;
    this.#owned.clear();
    for (const listener of this.#listeners) listener();
  }

  #take(memberId: string | null, tasks: readonly TaskId[], unbroken: boolean): void {
    if (this.#closed) return;
    const before = unbroken ? this.#owned : new Map<string, Ownership>();
    const owned = new Map(tasks.map((task) => [taskKey(task), before.get(taskKey(task)) ?? { task }]));
    for (const [key, ownership] of this.#owned) {
      if (owned.get(key) !== ownership) this.#lost.set(key, ownership.task);
    }
    this.#memberId = memberId;
    this.#owned = owned;
    this.#generation += 1;
    this.#waiting = true;
    for (const listener of this.#listeners) listener();
    void this.#handle();
  }

  async #handle(): Promise<void> {
    if (this.#handling) return;
    this.#handling = true;
    try {
      while (this.#waiting) await this.#handleNewest();
    } catch (error) {
      this.close();
      this.#deps.onRefused(error);
    } finally {
      this.#handling = false;
    }
    if (!this.#closed) this.#deps.onSettled();
  }

  async #handleNewest(): Promise<void> {
    this.#waiting = false;
    const generation = this.#generation;
    const tasks = this.tasks;
    await this.#deps.beforeHandling(tasks);
    // Something newer came meanwhile: what is lost by then adds up, and this one is skipped.
    if (generation !== this.#generation || this.#closed) return;
    const lost = [...this.#lost.values()];
    this.#lost.clear();
    const former = this.#told;
    this.#told = [...former, ...tasks];
    await this.#deps.onAssignment({ generation, tasks, lost });
    this.#told = tasks;
  }
}
