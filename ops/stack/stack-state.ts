/** What a detached stack leaves for the next command: its shape, its ports, and the processes of its servers. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';
import { draftOf } from '../system/index.ts';

const schema = z.object({
  brokers: z.union([z.literal(1), z.literal(3)]),
  basePort: z.int(),
  /** Server to process, as it was when it was started. */
  processes: z.record(z.string(), z.object({ pid: z.int().positive(), started: z.string() })),
});

export type StackState = z.infer<typeof schema>;

const fileIn = (directory: string): string => path.join(directory, 'state.json');

/** @returns null where no stack was started @throws MillraceError MILL_STACK_FAILED when the file is damaged */
export async function readStackState(directory: string): Promise<StackState | null> {
  const file = fileIn(directory);
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new MillraceError('MILL_STACK_FAILED', `${file} is damaged`, { cause, hint: `Stop the servers by hand, and remove ${directory}` });
  }
}

export async function writeStackState(directory: string, state: StackState): Promise<void> {
  const draft = draftOf(fileIn(directory));
  await mkdir(directory, { recursive: true });
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`);
  await rename(draft, fileIn(directory));
}
