/**
 * The recorded inputs through `InferenceSession.run` and nothing else, in a process for each core that takes the next
 * batch when it is done with one: batches as large as the host's, sessions made before. Counted is the processor time
 * within `run`; what makes tensors of JPEGs and text of tensors is not, since it is ours.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serialize } from 'node:v8';
import { loadModelCards } from '../../processors/inference/index.ts';
import type { TaskInput, TaskName } from '../../processors/inference/index.ts';
import { CORES } from './accounts.ts';
import type { ModelItem } from './recording.ts';

export interface Batch {
  readonly task: TaskName;
  readonly inputs: readonly TaskInput<TaskName>[];
}

/** Processor seconds within `run`, by task. */
export type ModelCosts = Partial<Record<TaskName, number>>;
export interface BatchReply {
  readonly cpuSeconds: number;
}

export class BareModels {
  readonly #processes: readonly ChildProcess[];
  readonly #tasks: readonly TaskName[];

  private constructor(processes: readonly ChildProcess[], tasks: readonly TaskName[]) {
    this.#processes = processes;
    this.#tasks = tasks;
  }

  /** The processes, with all sessions open and all inputs read. */
  static async open(items: readonly ModelItem[], directory: string, modelsDirectory: string): Promise<BareModels> {
    const batches = batchesOf(items, new Map((await loadModelCards()).filter((card) => card.default).map(({ task, batch }) => [task, batch.maxBatch])));
    const file = path.join(directory, 'batches');
    await writeFile(file, serialize(batches));
    const processes = Array.from({ length: CORES }, () => fork(new URL('bare-models-process.ts', import.meta.url), [file, modelsDirectory]));
    await Promise.all(processes.map((child) => once(child, 'message')));
    return new BareModels(processes, batches.map(({ task }) => task));
  }

  async run(): Promise<ModelCosts> {
    const costs: ModelCosts = {};
    let next = 0;
    await Promise.all(this.#processes.map(async (child) => {
      for (let number = next++; number < this.#tasks.length; number = next++) {
        const task = this.#tasks[number];
        child.send(number);
        const [{ cpuSeconds }] = (await once(child, 'message')) as [BatchReply];
        if (task !== undefined) costs[task] = (costs[task] ?? 0) + cpuSeconds;
      }
    }));
    return costs;
  }

  close(): void {
    for (const child of this.#processes) child.disconnect();
  }
}

function batchesOf(items: readonly ModelItem[], largest: ReadonlyMap<TaskName, number>): Batch[] {
  const open = new Map<TaskName, TaskInput<TaskName>[]>();
  const batches: Batch[] = [];
  for (const { task, input } of items) {
    const batch = open.get(task);
    if (batch !== undefined && batch.length < (largest.get(task) ?? 1)) batch.push(input);
    else {
      const inputs = [input];
      open.set(task, inputs);
      batches.push({ task, inputs });
    }
  }
  return batches;
}
