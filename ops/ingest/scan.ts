/** Turns the paths of `millrace add` into media events: walks folders, names assets, never follows a link out. */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, opendir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { MillraceError } from '../../connectors/ports/index.ts';
import { assetIdOf } from '../../connectors/producer/index.ts';
import type { AssetSubmitted } from '../../schemas/index.ts';

export interface ScanOptions {
  /** @default 'default' */
  readonly library?: string;
  /** @default 'LIVE' */
  readonly priority?: AssetSubmitted['priority'];
  /** @default Date.now */
  readonly nowMs?: () => number;
  /** Hears of folders that cannot be read, and of files that went while they were looked at. */
  readonly onPassedOver?: (place: string, reason: string) => void;
}

/**
 * Every regular file under the paths, in order of name. Hidden files and folders, links found inside a folder, and
 * anything that is no regular file are passed over; a path that is named on the command line is taken as it is.
 * @throws MillraceError MILL_SOURCE_NOT_FOUND for a path that is not there, MILL_CONFIG_INVALID for an empty one
 */
export async function* scan(paths: readonly string[], options: ScanOptions = {}): AsyncGenerator<AssetSubmitted> {
  for (const given of paths) {
    // It would be the current folder, and comes of a variable that was not set.
    if (given === '') throw new MillraceError('MILL_CONFIG_INVALID', 'A path is empty.', { hint: 'Name a file or a folder; the current folder is ".".' });
    const absolute = await realpath(path.resolve(given)).catch((cause: unknown) => {
      throw new MillraceError('MILL_SOURCE_NOT_FOUND', `There is no file or folder "${given}".`, { cause });
    });
    const stats = await lstat(absolute);
    if (stats.isDirectory()) yield* scanFolder(absolute, options);
    else if (stats.isFile()) yield await submissionOf(absolute, options);
    else throw new MillraceError('MILL_SOURCE_NOT_FOUND', `"${given}" is neither a file nor a folder.`);
  }
}

async function* scanFolder(folder: string, options: ScanOptions): AsyncGenerator<AssetSubmitted> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder)) if (!entry.name.startsWith('.')) entries.push(entry);
  } catch (error) {
    options.onPassedOver?.(folder, reasonOf(error));
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* scanFolder(child, options);
    else if (entry.isFile()) {
      const event = await submissionOf(child, options).catch((error: unknown) => { options.onPassedOver?.(child, reasonOf(error)); });
      if (event !== undefined) yield event;
    }
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error));

/** The event for one file. `absolutePath` must be real (no links). */
async function submissionOf(absolutePath: string, { library = 'default', priority = 'LIVE', nowMs = Date.now }: ScanOptions = {}): Promise<AssetSubmitted> {
  const stats = await lstat(absolutePath);
  return {
    eventId: randomUUID(),
    assetId: assetIdOf(library, absolutePath),
    library,
    priority,
    sourceUri: pathToFileURL(absolutePath).href,
    fileName: path.basename(absolutePath),
    sizeBytes: stats.size,
    modifiedAtMs: Math.trunc(stats.mtimeMs),
    submittedAtMs: nowMs(),
    attributes: {},
  };
}
