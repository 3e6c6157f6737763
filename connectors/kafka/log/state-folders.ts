/**
 * The state folders of one group: `<state.dir>/<group>/<sub-topology>_<partition>`, whether a task or a standby has
 * them open or nobody does, and how warm each is.
 */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../ports/index.ts';
import type { TaskId } from '../../ports/index.ts';
import type { WarmTask } from '../group/index.ts';
import { StateFolder } from './state-folder.ts';

/** A file name may have 255 bytes. */
const MAX_NAME_BYTES = 200;
const DIGEST_LENGTH = 16;

/** The name, with all that file systems treat in their own ways as hexadecimal; a long one is cut and told apart by a digest. */
export function fileNameOf(name: string): string {
  const safe = [...Buffer.from(name)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[\w.-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('').replace(/^\./, '%2e');
  if (safe.length <= MAX_NAME_BYTES) return safe;
  return `${safe.slice(0, MAX_NAME_BYTES)}%${createHash('sha256').update(name).digest('hex').slice(0, DIGEST_LENGTH)}`;
}

const folderNameOf = ({ subtopology, partition }: TaskId): string => `${fileNameOf(subtopology)}_${partition}`;
const sumOf = ({ checkpoints }: StateFolder): number => [...checkpoints.values()].reduce((sum, offset) => sum + offset, 0);

export class StateFolders {
  readonly #directory: string;
  readonly #lockTimeoutMs: number;
  readonly #open = new Map<string, { readonly task: TaskId; readonly folder: StateFolder }>();
  /** Of folders that nobody has open here, as they were when they were closed or first looked at. */
  readonly #closed = new Map<string, WarmTask>();
  /** When each was closed here, or first looked at. */
  readonly #idleSinceMs = new Map<string, number>();
  readonly #opening = new Set<string>();
  readonly #removing = new Map<string, Promise<void>>();

  constructor(options: { readonly stateDirectory: string; readonly groupId: string; readonly lockTimeoutMs: number }) {
    this.#directory = path.join(options.stateDirectory, fileNameOf(options.groupId));
    this.#lockTimeoutMs = options.lockTimeoutMs;
  }

  /** Waits for the LOCK of whoever has it open. */
  async open(task: TaskId, signal: AbortSignal): Promise<StateFolder> {
    const name = folderNameOf(task);
    this.#opening.add(name);
    try {
      await this.#removing.get(name);
      const folder = await StateFolder.open({ directory: path.join(this.#directory, name), lockTimeoutMs: this.#lockTimeoutMs, signal });
      this.#open.set(name, { task, folder });
      return folder;
    } finally {
      this.#opening.delete(name);
    }
  }

  async close(task: TaskId, folder: StateFolder): Promise<void> {
    this.#forget(task, folder);
    await folder.close();
  }

  async remove(task: TaskId, folder: StateFolder): Promise<void> {
    this.#forget(task, folder);
    this.#closed.delete(folderNameOf(task));
    await folder.remove();
  }

  /** Looks once at what earlier runs left of these tasks. What another process has open is its own, and what cannot be read is not warm. */
  async scan(tasks: readonly TaskId[]): Promise<void> {
    const present = await this.#present();
    for (const task of tasks) {
      const name = folderNameOf(task);
      if (!present.has(name) || this.#open.has(name) || this.#closed.has(name)) continue;
      const folder = await this.#openFree(name);
      if (folder === undefined) continue;
      this.#closed.set(name, { task, offsetSum: sumOf(folder) });
      await folder.close();
    }
  }

  /** Removes those of these tasks that neither this nor another process has opened for so long. */
  async removeIdle(tasks: readonly TaskId[], idleMs: number): Promise<void> {
    const present = await this.#present();
    for (const name of tasks.map(folderNameOf)) {
      if (!present.has(name) || !(await this.#isIdle(name, idleMs)) || this.#open.has(name) || this.#opening.has(name)) continue;
      const removing = this.#removeFree(name);
      this.#removing.set(name, removing.catch(() => undefined));
      await removing.finally(() => this.#removing.delete(name));
    }
  }

  warmTasks(): readonly WarmTask[] {
    const open = [...this.#open].map(([name, { task, folder }]): [string, WarmTask] => [name, { task, offsetSum: sumOf(folder) }]);
    return [...new Map([...this.#closed, ...open]).values()].filter(({ offsetSum }) => offsetSum > 0);
  }

  #forget(task: TaskId, folder: StateFolder): void {
    const name = folderNameOf(task);
    if (this.#open.get(name)?.folder !== folder) return;
    this.#open.delete(name);
    this.#closed.set(name, { task, offsetSum: sumOf(folder) });
    this.#idleSinceMs.set(name, Date.now());
  }

  async #present(): Promise<ReadonlySet<string>> {
    return new Set(await readdir(this.#directory).catch(() => []));
  }

  /** `undefined` where another has it open, or it cannot be opened. */
  async #openFree(name: string): Promise<StateFolder | undefined> {
    try {
      return await StateFolder.open({ directory: path.join(this.#directory, name), lockTimeoutMs: 0, signal: AbortSignal.abort() });
    } catch (error) {
      if (error instanceof MillraceError) return undefined;
      throw error;
    }
  }

  async #removeFree(name: string): Promise<void> {
    const folder = await this.#openFree(name);
    if (folder === undefined) return;
    this.#closed.delete(name);
    this.#idleSinceMs.delete(name);
    await folder.remove();
  }

  /** Whoever opens it writes to it. */
  async #isIdle(name: string, idleMs: number): Promise<boolean> {
    const sinceMs = this.#idleSinceMs.get(name) ?? Date.now();
    this.#idleSinceMs.set(name, sinceMs);
    const directory = path.join(this.#directory, name);
    const files = [directory, ...(await readdir(directory)).map((file) => path.join(directory, file))];
    const times = await Promise.all(files.map(async (file) => (await stat(file).catch(() => undefined))?.mtimeMs ?? Date.now()));
    return Date.now() - Math.max(sinceMs, ...times) >= idleMs;
  }
}
