/** The name of a state directory, kept in it: a restarted instance shadows the same tasks as before, and has them warm. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../ports/index.ts';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** The threads of a process may ask at once: a linked file is whole from the start, and the first one stands. */
export async function instanceIdOf(stateDirectory: string): Promise<string> {
  const file = join(stateDirectory, '.instance-id');
  const own = `${file}-${randomUUID()}`;
  try {
    await mkdir(stateDirectory, { recursive: true });
    await writeFile(own, randomUUID());
    await link(own, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new MillraceError(codeOf(error) === 'ENOSPC' ? 'MILL_DISK_FULL' : 'MILL_STATE_IO', `The state directory ${stateDirectory} cannot be written: ${String(error)}`, { cause: error });
  } finally {
    await rm(own, { force: true });
  }
}
