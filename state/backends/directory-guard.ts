/**
 * Which binding may open a directory. RocksDB 6.17 opens what 9.7 wrote as if it were empty, and damages it, so each
 * directory names its binding in a marker that is written before the first open and checked before every other.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { BindingName } from './binding.ts';

export const MARKER_FILE = 'MILLRACE_STATE.json';
/** Raised when the layout of keys and values changes, so that an older Millrace refuses a newer directory. */
export const STATE_FORMAT = 1;

const markerSchema = z.object({ binding: z.string(), format: z.number().int() });
type Marker = z.infer<typeof markerSchema>;

async function readMarker(directory: string): Promise<Marker | undefined> {
  let text: string;
  try {
    text = await readFile(join(directory, MARKER_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return markerSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new MillraceError('MILL_STATE_CORRUPT', `${join(directory, MARKER_FILE)} does not say which binding wrote the directory.`, { cause: error });
  }
}

/** Whole or not at all, and never over another process's marker. */
async function createMarker(directory: string, marker: Marker): Promise<void> {
  const temporary = join(directory, `${MARKER_FILE}.${randomUUID()}.tmp`);
  const file = await open(temporary, 'wx');
  try {
    await file.writeFile(`${JSON.stringify(marker)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, join(directory, MARKER_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
}

const isRocksFile = (name: string): boolean => /^(CURRENT|IDENTITY|LOCK|MANIFEST-\d+|OPTIONS-\d+|\d+\.(sst|log|ldb))$/.test(name);

/**
 * Makes the directory where it is missing, and claims it for `binding`.
 * @throws MillraceError MILL_STATE_BINDING_MISMATCH, before anything in the directory was touched
 */
export async function claimDirectory(directory: string, binding: BindingName): Promise<void> {
  await mkdir(directory, { recursive: true });
  let marker = await readMarker(directory);
  if (marker === undefined) {
    const files = await readdir(directory);
    if (files.some(isRocksFile)) {
      throw new MillraceError('MILL_STATE_BINDING_MISMATCH', `${directory} holds RocksDB files but no ${MARKER_FILE}: there is no telling which binding wrote them.`);
    }
    await createMarker(directory, { binding, format: STATE_FORMAT });
    marker = await readMarker(directory);
  }
  if (marker?.binding !== binding) {
    throw new MillraceError('MILL_STATE_BINDING_MISMATCH', `${directory} was written by ${String(marker?.binding)}, and this Node ${process.versions.node} uses ${binding}.`);
  }
  if (marker.format !== STATE_FORMAT) {
    throw new MillraceError('MILL_STATE_BINDING_MISMATCH', `${directory} has format ${marker.format}, and this Millrace reads format ${STATE_FORMAT}.`, {
      hint: 'Run the version of Millrace that wrote the directory, or remove it and process again.',
    });
  }
}
