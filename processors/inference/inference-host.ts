/**
 * The model host: one queue a task in front of a few worker processes.
 *
 * Scheduling: whenever a batch becomes due or a worker becomes free, each free worker takes, of the due batches whose
 * model may live on it, the one whose first item is LIVE, else the one that has waited longest. A worker has one batch
 * at a time; items that arrive meanwhile make the next batch larger.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError, toMillraceError } from '../../connectors/ports/index.ts';
import type { ModelCard } from './model-card.ts';
import type { ModelDescription, ModelHost, ModelHostStats, ModelResult, RunOptions } from './model-host.ts';
import { placeTasks } from './placement.ts';
import type { TaskInput, TaskName } from './tasks.ts';
import { TaskQueue, type QueuedItem } from './task-queue.ts';
import { fromWire, type WorkerReply } from './worker-messages.ts';
import { WorkerProcess, type LoadCommand } from './worker-process.ts';

export interface InstalledModel {
  readonly card: ModelCard;
  readonly directory: string;
  readonly digest: string;
  /** Address of the pipeline's module. */
  readonly module: string;
}

export interface HostLimits {
  readonly workers: number;
  readonly memoryBudgetMb: number;
  readonly maxQueued: number;
  readonly closeTimeoutMs: number;
  readonly log: (line: string) => void;
}

interface Slot {
  readonly worker: WorkerProcess;
  /** What the worker does now. */
  work: Promise<void> | undefined;
}

interface Served {
  readonly model: InstalledModel;
  readonly queue: TaskQueue<unknown, ModelResult<TaskName>>;
  readonly homes: readonly Slot[];
  readonly counts: { items: number; batches: number; failedItems: number; largestBatch: number; computeMs: number };
}

type Item = QueuedItem<unknown, ModelResult<TaskName>>;

export class InferenceHost implements ModelHost {
  readonly #missing: ReadonlyMap<TaskName, string>;
  readonly #served = new Map<TaskName, Served>();
  readonly #slots: readonly Slot[];
  readonly #closeTimeoutMs: number;
  readonly #log: (line: string) => void;
  readonly #noticed = new Set<string>();
  #workersLost = 0;
  #closed = false;
  #scheduling = false;

  constructor(installed: ReadonlyMap<TaskName, InstalledModel>, missing: ReadonlyMap<TaskName, string>, limits: HostLimits) {
    this.#missing = missing;
    this.#log = limits.log;
    this.#closeTimeoutMs = limits.closeTimeoutMs;
    this.#slots = Array.from({ length: limits.workers }, () => this.#newSlot());
    const costs = [...installed].map(([task, { card }]) => ({ task, ...card.cost }));
    const homes = placeTasks(costs, limits.workers, limits.memoryBudgetMb);
    for (const [task, model] of installed) {
      const slots = (homes.get(task) ?? []).flatMap((number) => this.#slots[number] ?? []);
      const queue = new TaskQueue<unknown, ModelResult<TaskName>>({ ...model.card.batch, maxQueued: limits.maxQueued }, () => { this.#scheduleSoon(); });
      this.#served.set(task, { model, queue, homes: slots, counts: { items: 0, batches: 0, failedItems: 0, largestBatch: 0, computeMs: 0 } });
    }
  }

  describe(task: TaskName): ModelDescription | undefined {
    const model = this.#served.get(task)?.model;
    return model === undefined ? undefined : { name: model.card.name, version: model.card.version, digest: model.digest };
  }

  missingReason(task: TaskName): string {
    return this.#missing.get(task) ?? '';
  }

  async run<T extends TaskName>(task: T, input: TaskInput<T>, { signal, priority }: RunOptions = {}): Promise<ModelResult<T>> {
    const result = await this.#serving(task).queue.add(input, { signal, priority });
    return result as ModelResult<T>;
  }

  async warmUp(tasks: readonly TaskName[] = [...this.#served.keys()]): Promise<void> {
    const served = tasks.map((task) => [task, this.#serving(task)] as const);
    await Promise.all(this.#slots.map(async (slot) => {
      for (const [task, { model, homes }] of served) {
        if (homes[0] !== slot) continue;
        while (slot.work !== undefined) await slot.work;
        await this.#occupy(slot, () => slot.worker.load(loadCommand(task, model)));
      }
    }));
  }

  stats(): ModelHostStats {
    const tasks = [...this.#served].map(([task, { queue, counts }]) => ({
      task, queued: queue.queued, blocked: queue.blocked, ...counts, loadedOn: this.#slots.filter(({ worker }) => worker.has(task)).length,
    }));
    return { tasks, workers: this.#slots.length, workersLost: this.#workersLost };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { queue } of this.#served.values()) queue.close();
    const patience = new AbortController();
    const deadline = sleep(this.#closeTimeoutMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.all(this.#slots.map(async ({ work, worker }) => {
      await Promise.race([work?.catch(() => undefined), deadline]);
      await worker.close();
    }));
    patience.abort();
  }

  #newSlot(): Slot {
    const worker = new WorkerProcess({
      onLost: (reason) => {
        this.#workersLost += 1;
        this.#log(`An inference worker was lost (${reason}); it starts anew with its next batch`);
      },
      onNotice: (text) => {
        if (!this.#noticed.has(text)) this.#log(text);
        this.#noticed.add(text);
      },
    });
    return { worker, work: undefined };
  }

  #serving(task: TaskName): Served {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The model host is closed');
    const served = this.#served.get(task);
    if (served === undefined) throw new MillraceError('MILL_MODEL_MISSING', `Task ${task}: ${this.missingReason(task)}`);
    return served;
  }

  /** Once for all queues that become due in the same turn. */
  #scheduleSoon(): void {
    if (this.#scheduling) return;
    this.#scheduling = true;
    queueMicrotask(() => {
      this.#scheduling = false;
      if (!this.#closed) this.#schedule();
    });
  }

  #schedule(): void {
    const due = [...this.#served].flatMap(([task, served]) => {
      const head = served.queue.head();
      return head === undefined ? [] : [{ task, served, ...head }];
    });
    due.sort((a, b) => Number(b.priority === 'LIVE') - Number(a.priority === 'LIVE') || a.addedAtMs - b.addedAtMs);
    for (const { task, served } of due) {
      const slot = served.homes.find(({ work }) => work === undefined);
      if (slot === undefined) continue;
      const batch = served.queue.take();
      if (batch.length > 0) void this.#occupy(slot, () => this.#runBatch(slot, task, served, batch));
    }
  }

  /** Holds the slot while `work` lasts, then lets the next batch in. */
  async #occupy(slot: Slot, work: () => Promise<void>): Promise<void> {
    slot.work = work().finally(() => {
      slot.work = undefined;
      this.#scheduleSoon();
    });
    await slot.work;
  }

  async #runBatch(slot: Slot, task: TaskName, { model, counts }: Served, batch: readonly Item[]): Promise<void> {
    counts.batches += 1;
    counts.items += batch.length;
    counts.largestBatch = Math.max(counts.largestBatch, batch.length);
    try {
      const reply = await slot.worker.run(loadCommand(task, model), batch.map(({ input }) => input));
      counts.failedItems += settle(batch, reply);
      counts.computeMs += reply.type === 'ran' ? reply.computeMs : 0;
    } catch (cause) {
      counts.failedItems += batch.length;
      const error = toMillraceError(cause, 'MILL_MODEL_FAILED');
      for (const item of batch) item.reject(error);
    }
  }
}

const loadCommand = (task: TaskName, { card, directory, module }: InstalledModel): LoadCommand => ({ type: 'load', task, card, directory, module });

/** Answers every item of a batch; returns how many failed. */
function settle(batch: readonly Item[], reply: WorkerReply): number {
  if (reply.type !== 'ran') throw new MillraceError('MILL_MODEL_FAILED', `The worker answered ${reply.type} to a batch`);
  let failed = 0;
  batch.forEach((item, index) => {
    const result = reply.results[index];
    if (result !== undefined && 'output' in result) {
      item.resolve({ output: result.output, computeMs: reply.computeMs / batch.length } as ModelResult<TaskName>);
    } else {
      failed += 1;
      item.reject(result === undefined ? new MillraceError('MILL_MODEL_FAILED', 'The worker gave no result for the item') : fromWire(result.error));
    }
  });
  return failed;
}
