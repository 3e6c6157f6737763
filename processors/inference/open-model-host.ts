/** Options of a model host, compiled once; and `openModelHost`, which looks for the models and starts nothing yet. */
import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';
import { CARDS_DIRECTORY, chooseCards, inspectModel, loadModelCards, modelDirectory } from './card-catalog.ts';
import { cardDigest } from './model-card.ts';
import { InferenceHost, type InstalledModel } from './inference-host.ts';
import type { ModelHost } from './model-host.ts';
import { PIPELINE_MODULES } from './pipelines.ts';
import { TASK_NAMES, type TaskName } from './tasks.ts';

/** More workers than this do not help the tasks there are, and each costs memory. */
const MOST_WORKERS = 8;

/** Each task has one home in this; the share of a larger machine is what lets all cores look for shots. */
const LEAST_BUDGET_MB = 800;
const BUDGET_SHARE = 1 / 8;

function defaultBudgetMb(): number {
  // 0 or a number beyond all memory where nothing limits the process.
  const limit = process.constrainedMemory();
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.max(LEAST_BUDGET_MB, Math.floor((bytes * BUDGET_SHARE) / 1024 ** 2));
}

const optionsSchema = z.strictObject({
  modelsDirectory: z.string().min(1),
  cardsDirectory: z.string().min(1).default(CARDS_DIRECTORY),
  workers: z.int().min(1).max(64).default(() => Math.min(availableParallelism(), MOST_WORKERS)),
  memoryBudgetMb: z.number().positive().default(defaultBudgetMb),
  maxQueued: z.int().positive().default(256),
  closeTimeoutMs: z.number().nonnegative().default(30_000),
  models: z.partialRecord(z.enum(TASK_NAMES), z.string()).default({}),
  tasks: z.array(z.enum(TASK_NAMES)).default([...TASK_NAMES]),
  pipelines: z.partialRecord(z.enum(TASK_NAMES), z.string()).default({}),
  log: z.custom<(line: string) => void>((value) => typeof value === 'function').default(() => () => undefined),
});

export interface ModelHostOptions {
  /** Holds `<card name>/<version>/<files>`. */
  readonly modelsDirectory: string;
  /** @default the cards that come with Millrace */
  readonly cardsDirectory?: string;
  /** Processes that hold models. They start when they are first needed. @default one a core, at most 8 */
  readonly workers?: number;
  /** Of all loaded models together: what is left after each task has one home buys further ones. @default an eighth of the memory, at least 800 */
  readonly memoryBudgetMb?: number;
  /** Items of one task that may wait in its queue; further callers wait for a place. @default 256 */
  readonly maxQueued?: number;
  /** How long `close` waits for batches that run. @default 30000 */
  readonly closeTimeoutMs?: number;
  /** Card names for tasks that should not use their default card. */
  readonly models?: Partial<Record<TaskName, string>>;
  /** That are asked of it; the models of others are not looked for. @default all */
  readonly tasks?: readonly TaskName[];
  /** Addresses of pipeline modules in place of Millrace's own. @experimental */
  readonly pipelines?: Partial<Record<TaskName, string>>;
  /** Hears what a person should know: a device that is not there, a worker that was lost. @default nothing */
  readonly log?: (line: string) => void;
}

/**
 * @throws MillraceError MILL_CONFIG_INVALID for bad options or cards; MILL_MODEL_DIGEST when an installed file differs
 * from its card. A model that is not installed is no error: `describe` tells.
 */
export async function openModelHost(options: ModelHostOptions): Promise<ModelHost> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Model host: ${z.prettifyError(parsed.error)}`);
  const { modelsDirectory, cardsDirectory, models, tasks, pipelines, ...limits } = parsed.data;
  const cards = chooseCards(await loadModelCards(cardsDirectory), models);
  const installed = new Map<TaskName, InstalledModel>();
  const missing = new Map<TaskName, string>();
  for (const task of TASK_NAMES) {
    if (!tasks.includes(task)) {
      missing.set(task, `task ${task} is not served here`);
      continue;
    }
    const card = cards.get(task);
    if (card === undefined) {
      const name = models[task];
      missing.set(task, name === undefined ? `no model card serves task ${task}` : `no model card of task ${task} is named ${name}`);
      continue;
    }
    const directory = modelDirectory(modelsDirectory, card);
    const found = await inspectModel(card, directory);
    if (found.state === 'damaged') throw new MillraceError('MILL_MODEL_DIGEST', found.reason);
    if (found.state === 'missing') missing.set(task, found.reason);
    else installed.set(task, { card, directory, digest: cardDigest(card), module: pipelines[task] ?? PIPELINE_MODULES[task] });
  }
  return new InferenceHost(installed, missing, limits);
}
