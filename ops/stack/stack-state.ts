/**
 * What a detached stack leaves for the next command: its shape, its ports, and the processes of its servers. It has
 * processes from `up` to `down`, whatever is killed in between: that is what tells a stack that is meant to run.
 *
 *   <data directory>/stack/<kind>/state.json
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';
import { draftOf } from '../system/index.ts';
import { S3_KINDS } from './s3/program.ts';

export type StackKind = 'cluster' | 'kafka';

/** The first is taken where nobody says which. `kafka` is a part of `cluster`. */
export const STACK_KINDS: readonly StackKind[] = ['cluster', 'kafka'];

const schema = z.object({
  kind: z.enum(STACK_KINDS).default('kafka'),
  brokers: z.union([z.literal(1), z.literal(3)]),
  basePort: z.int(),
  /** Of a cluster. */
  s3: z.enum(S3_KINDS).default('seaweedfs'),
  /** Server to process, as it was when it was started. */
  processes: z.record(z.string(), z.object({ pid: z.int().positive(), started: z.string() })),
});

export type StackState = z.infer<typeof schema>;

export const stackDirectory = (dataDirectory: string, kind: StackKind): string => path.join(dataDirectory, 'stack', kind);

export const isMeantToRun = ({ processes }: StackState): boolean => Object.keys(processes).length > 0;

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

/** The stack that runs in a data directory; else the one that did; else the default. */
export async function currentStack(dataDirectory: string): Promise<StackKind> {
  const found = await Promise.all(STACK_KINDS.map(async (kind) => ({ kind, state: await readStackState(stackDirectory(dataDirectory, kind)) })));
  const started = found.flatMap(({ kind, state }) => (state === null ? [] : [{ kind, state }]));
  return (started.find(({ state }) => isMeantToRun(state)) ?? started[0] ?? found[0])?.kind ?? 'cluster';
}
