/** Reads model cards, and says whether a card's files are on this machine and are what the card says. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseModelCard, type ModelCard, type ModelFile } from './model-card.ts';
import type { TaskName } from './tasks.ts';

/** The cards that come with Millrace. */
export const CARDS_DIRECTORY = fileURLToPath(new URL('../../ops/models/cards/', import.meta.url));

/** What was hashed, and when: a file of the same size and time needs no second hash. */
const STAMP_FILE = '.verified.json';

type Stamps = Readonly<Record<string, { readonly sizeBytes: number; readonly mtimeMs: number; readonly sha256: string }>>;

export type ModelState =
  | { readonly state: 'installed' }
  | { readonly state: 'missing'; readonly reason: string }
  /** A file is there and differs from the card. */
  | { readonly state: 'damaged'; readonly reason: string };

/** Every card of a directory, by name. @throws MillraceError MILL_CONFIG_INVALID */
export async function loadModelCards(directory: string = CARDS_DIRECTORY): Promise<ModelCard[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => parseModelCard(JSON.parse(await readFile(path.join(directory, name), 'utf8')), name)));
}

/** The card that serves each task: the one asked for by name, else the task's default. */
export function chooseCards(cards: readonly ModelCard[], wanted: Partial<Record<TaskName, string>> = {}): Map<TaskName, ModelCard> {
  const chosen = new Map<TaskName, ModelCard>();
  for (const card of cards) {
    const name = wanted[card.task];
    if (name === undefined ? card.default : card.name === name) chosen.set(card.task, card);
  }
  return chosen;
}

export const modelDirectory = (modelsDirectory: string, { name, version }: Pick<ModelCard, 'name' | 'version'>): string =>
  path.join(modelsDirectory, name, version);

/**
 * Compares the files of a card with the card. Sizes and times are compared with those of the last hash, so that a start
 * costs a few `stat` calls; a file that is new or was touched is hashed.
 * @param options.full hash every file again
 */
export async function inspectModel(card: ModelCard, directory: string, { full = false } = {}): Promise<ModelState> {
  const known = full ? {} : await readStamps(directory);
  const stamps: Record<string, Stamps[string]> = {};
  let hashed = false;
  for (const file of card.files) {
    const found = await stat(path.join(directory, file.path)).catch(() => undefined);
    if (found === undefined) return { state: 'missing', reason: `model ${card.name} ${card.version} is not installed; run: ./millrace models fetch` };
    if (found.size !== file.sizeBytes) return damaged(card, file, `has ${found.size} bytes where the card says ${file.sizeBytes}`);
    const stamp = known[file.path];
    const fresh = stamp?.sizeBytes === found.size && stamp.mtimeMs === found.mtimeMs;
    const sha256 = fresh ? stamp.sha256 : await sha256OfFile(path.join(directory, file.path));
    if (sha256 !== file.sha256) return damaged(card, file, `hashes to ${sha256} where the card says ${file.sha256}`);
    hashed ||= !fresh;
    stamps[file.path] = { sizeBytes: found.size, mtimeMs: found.mtimeMs, sha256 };
  }
  if (hashed) await writeStamps(directory, stamps);
  return { state: 'installed' };
}

const damaged = (card: ModelCard, file: ModelFile, how: string): ModelState => ({ state: 'damaged', reason: `${file.path} of model ${card.name} ${card.version} ${how}` });

async function readStamps(directory: string): Promise<Stamps> {
  try {
    return JSON.parse(await readFile(path.join(directory, STAMP_FILE), 'utf8')) as Stamps;
  } catch {
    return {};
  }
}

/** A cache on a read-only disk works without stamps, only slower. */
async function writeStamps(directory: string, stamps: Stamps): Promise<void> {
  const file = path.join(directory, STAMP_FILE);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(stamps)).then(() => rename(draft, file)).catch(() => undefined);
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
