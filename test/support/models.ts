/** The real models of this machine's cache, which `millrace models fetch` fills. */
import path from 'node:path';
import { resolvePaths } from '../../ops/paths.ts';
import { chooseCards, loadModelCards, modelDirectory, openModelHost, type ModelHost, type TaskName } from '../../processors/inference/index.ts';

const modelsDirectory = path.join(resolvePaths().cache, 'models');

/** A host with one worker process, so that test files side by side do not fight for cores and memory. */
export const openTestModels = (models: Partial<Record<TaskName, string>> = {}): Promise<ModelHost> =>
  openModelHost({ modelsDirectory, workers: 1, models });

/** Where a file of a task's default model lies. */
export async function modelFile(task: TaskName, file: string): Promise<string> {
  const card = chooseCards(await loadModelCards()).get(task);
  if (card === undefined) throw new Error(`no model card serves task ${task}`);
  return path.join(modelDirectory(modelsDirectory, card), file);
}
