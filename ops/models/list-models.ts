/** `millrace models list` and `verify`: what the cards name, and what of it is in the cache. */
import path from 'node:path';
import { cardDigest, CARDS_DIRECTORY, inspectModel, loadModelCards, modelDirectory, type ModelCard, type ModelState } from '../../processors/inference/index.ts';

export interface ListedModel {
  readonly card: ModelCard;
  /** Identifies the bytes that the card describes. */
  readonly digest: string;
  /** Of all of its files. */
  readonly sizeBytes: number;
  readonly directory: string;
  readonly found: ModelState;
}

export interface ListOptions {
  readonly cacheDirectory: string;
  /** Hashes every file again, whatever was hashed before. @default false */
  readonly full?: boolean;
  /** @default the cards that come with Millrace */
  readonly cardsDirectory?: string;
}

export async function listModels({ cacheDirectory, full = false, cardsDirectory = CARDS_DIRECTORY }: ListOptions): Promise<readonly ListedModel[]> {
  const cards = await loadModelCards(cardsDirectory);
  return Promise.all(cards.map(async (card) => {
    const directory = modelDirectory(path.join(cacheDirectory, 'models'), card);
    const sizeBytes = card.files.reduce((total, file) => total + file.sizeBytes, 0);
    return { card, digest: cardDigest(card), sizeBytes, directory, found: await inspectModel(card, directory, { full }) };
  }));
}
