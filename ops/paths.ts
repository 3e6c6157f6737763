/** Where Millrace keeps things: a data directory for each instance, and one cache of models for the machine. */
import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Paths {
  /** The embedded profile's log, blobs and index. */
  readonly data: string;
  /** Models and downloads, shared by all instances of this user. */
  readonly cache: string;
  readonly log: string;
  readonly blobs: string;
  readonly index: string;
  /** The running instance listens here. */
  readonly socket: string;
}

export interface PathOptions {
  /** @default $MILLRACE_DATA, or .millrace in the current folder */
  readonly data?: string | undefined;
  /** @default $MILLRACE_HOME, or .cache/millrace in the home folder */
  readonly cache?: string | undefined;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** The longest path that a Unix socket address holds, with room for its final NUL. */
const MAX_SOCKET_PATH_BYTES = 107;

export function resolvePaths({ data, cache, env = process.env }: PathOptions = {}): Paths {
  const root = path.resolve(data ?? given(env['MILLRACE_DATA']) ?? '.millrace');
  return {
    data: root,
    cache: path.resolve(cache ?? given(env['MILLRACE_HOME']) ?? path.join(env['HOME'] ?? homedir(), '.cache', 'millrace')),
    log: path.join(root, 'log'),
    blobs: path.join(root, 'blobs'),
    index: path.join(root, 'index'),
    socket: socketPath(root),
  };
}

/** An empty variable is one that nobody set. */
const given = (variable: string | undefined): string | undefined => (variable === '' ? undefined : variable);

function socketPath(root: string): string {
  const inside = path.join(root, 'millrace.sock');
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES) return inside;
  return path.join(tmpdir(), `millrace-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.sock`);
}

/** A file of the project itself, wherever it is installed. */
export const projectFile = (...parts: string[]): string => path.join(fileURLToPath(new URL('..', import.meta.url)), ...parts);

/** A file below the working directory by its short path, as a shell takes it. */
export function shortPath(file: string, workingDirectory: string = process.cwd()): string {
  const relative = path.relative(workingDirectory, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}
