/** The standby replicas that run here. A state folder has one owner: none runs for a task that is open here, or is about to be. */
import type { TaskId } from '../../ports/index.ts';
import { taskKey } from './tasks.ts';
import type { StandbyHandle } from './types.ts';

export class Standbys {
  readonly #start: (task: TaskId) => StandbyHandle;
  readonly #running = new Map<string, StandbyHandle>();
  readonly #stopping = new Map<string, Promise<void>>();

  constructor(start: (task: TaskId) => StandbyHandle) {
    this.#start = start;
  }

  /** What still stops is not started: the next call does. */
  run(wanted: readonly TaskId[]): void {
    const keys = new Set(wanted.map(taskKey));
    for (const key of this.#running.keys()) if (!keys.has(key)) void this.#stop(key);
    for (const task of wanted) {
      const key = taskKey(task);
      if (!this.#running.has(key) && !this.#stopping.has(key)) this.#running.set(key, this.#start(task));
    }
  }

  /** Resolves when the tasks' folders are closed. */
  async release(tasks: readonly TaskId[]): Promise<void> {
    await Promise.all(tasks.map((task) => this.#stop(taskKey(task))));
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys(), ...this.#stopping.keys()].map((key) => this.#stop(key)));
  }

  #stop(key: string): Promise<void> {
    const handle = this.#running.get(key);
    if (handle === undefined) return this.#stopping.get(key) ?? Promise.resolve();
    this.#running.delete(key);
    // A folder that did not close is met again as a lock, by whoever opens it.
    const stopping = handle.stop().catch(() => undefined).then(() => {
      this.#stopping.delete(key);
    });
    this.#stopping.set(key, stopping);
    return stopping;
  }
}
