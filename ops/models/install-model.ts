/** Makes the files of a card from its packages, and puts them in place in one step. */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { inspectModel, modelDirectory, type ModelCard } from '../../processors/inference/index.ts';
import { draftOf, sweepDrafts } from '../system/index.ts';
import type { Converters } from './python.ts';

/** @throws MillraceError MILL_MODEL_BUILD, MILL_MODEL_DIGEST when what was made is not what the card says */
export async function installModel(card: ModelCard, packages: readonly string[], modelsDirectory: string, converters: Converters): Promise<void> {
  const target = modelDirectory(modelsDirectory, card);
  const draft = draftOf(target);
  const old = draftOf(`${target}.old`);
  await sweepDrafts(path.dirname(target));
  await mkdir(draft, { recursive: true });
  try {
    const members = Object.fromEntries(card.files.flatMap(({ path: name, from }) => (from === undefined ? [] : [[name, from]])));
    await converters.run(card.recipe, draft, packages, JSON.stringify(members));
    const made = await inspectModel(card, draft, { full: true });
    if (made.state !== 'installed') throw new MillraceError('MILL_MODEL_DIGEST', `Built, but ${made.reason}`);
    await rename(target, old).catch(ignoreAbsent);
    await rename(draft, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
