/** Fetches the models that are missing, with a progress bar, and says which could not be had. */
import type { TaskName } from '../../processors/inference/index.ts';
import { fetchModels, type FetchedModel } from '../models/index.ts';
import type { CommandContext } from './command.ts';
import { startProgress } from './progress.ts';
import { formatBytes } from './terminal.ts';

export interface InstallOptions {
  readonly tasks?: readonly TaskName[];
  readonly force?: boolean;
}

export async function installModels({ terminal, paths, signal }: CommandContext, options: InstallOptions): Promise<readonly FetchedModel[]> {
  const progress = startProgress(terminal, { label: 'models', format: formatBytes });
  try {
    const models = await fetchModels({
      ...options,
      cacheDirectory: paths.cache,
      signal,
      log: (line) => { terminal.note(line); },
      onProgress: (done, total, detail) => { progress.update(done, total, detail); },
    });
    return models;
  } finally {
    progress.stop();
  }
}

/** One line for each model that could not be had. */
export function noteUnavailable({ terminal }: CommandContext, models: readonly FetchedModel[]): void {
  for (const { card, reason } of models.filter(({ state }) => state === 'unavailable')) {
    terminal.note(`model ${card.name} is not available (${reason}): the ${card.task} stage is skipped, and assets become partial`);
  }
}
