/**
 * A stack that outlives the command that started it. Its directory has the data, the logs and a state file with the
 * identity of each process; every command looks at these, so that it tells and does the right thing whatever was killed
 * in between, and never touches a process that only has the number of an old one.
 */
import { mkdir } from 'node:fs/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import { resolvePaths } from '../paths.ts';
import { acquireLock, type ProcessIdentity } from '../system/index.ts';
import { lastLines } from './log-lines.ts';
import { layOut, type StackLayout } from './layout.ts';
import { compileStackOptions } from './options.ts';
import { allFree, claimPorts } from './ports.ts';
import type { PreparedServers } from './prepare-servers.ts';
import type { ServerProcess } from './server-process.ts';
import { serversIn } from './servers.ts';
import { readStackState, writeStackState, type StackState } from './stack-state.ts';

/** Where a stack listens when nobody else does. */
const DEFAULT_BASE_PORT = 29_092;
const STOP_WITHIN_MS = 30_000;

export interface ServerReport {
  readonly name: string;
  /** `silent`: it runs, and does not answer (yet, or any more). */
  readonly state: 'up' | 'silent' | 'down';
  readonly pid: number | null;
  readonly address: string;
  readonly logFile: string;
}

export interface StackReport {
  readonly directory: string;
  readonly bootstrap: string;
  readonly registryUrl: string;
  readonly servers: readonly ServerReport[];
}

export interface UpOptions {
  readonly directory: string;
  /** @default as it was, or 1 */
  readonly brokers?: 1 | 3 | undefined;
  readonly signal: AbortSignal;
  /** Gets what the servers need. */
  readonly prepare: () => Promise<PreparedServers>;
}

/**
 * Starts the servers that do not run; those that do are left alone. What a failed call started, it stops.
 * @throws MillraceError MILL_STACK_FAILED, MILL_CONFIG_INVALID when the data is of another number of brokers
 */
export async function upStack({ directory, brokers, signal, prepare }: UpOptions): Promise<StackReport> {
  return withLock(directory, async () => {
    const before = await readStackState(directory);
    if (before !== null && brokers !== undefined && before.brokers !== brokers) {
      throw new MillraceError('MILL_CONFIG_INVALID', `The stack in ${directory} has ${before.brokers === 1 ? '1 broker' : '3 brokers'}, not ${brokers}`, { hint: 'Stop it, and remove that folder; or name another data directory with --data.' });
    }
    const state = before ?? { brokers: brokers ?? 1, basePort: await choosePort(), processes: {} };
    const stack = await DetachedStack.open(directory, state, await prepare());
    await stack.layout.prepare();
    const missing = await stack.notRunning();
    try {
      for (const process of missing) {
        signal.throwIfAborted();
        await process.spawn();
        await stack.save();
      }
      await Promise.race([stack.layout.whenReady(), rejection(signal)]);
    } catch (error) {
      await Promise.all(missing.map((process) => process.kill()));
      await stack.save();
      throw error;
    }
    return stack.report();
  });
}

/** @returns null where no stack was started */
export async function downStack(directory: string): Promise<StackReport | null> {
  if ((await readStackState(directory)) === null) return null;
  return withLock(directory, async () => {
    const stack = await DetachedStack.find(directory);
    if (stack === null) return null;
    await Promise.all(stack.layout.processes.map((process) => process.stop(STOP_WITHIN_MS)));
    await stack.save();
    return stack.report();
  });
}

/** @returns null where no stack was started */
export async function stackStatus(directory: string): Promise<StackReport | null> {
  return (await DetachedStack.find(directory))?.report() ?? null;
}

export interface ServerLog {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** The last lines of each server's log. */
export async function stackLogs(directory: string, lines: number): Promise<ServerLog[]> {
  const stack = await DetachedStack.find(directory);
  return Promise.all((stack?.layout.processes ?? []).map(async (process) => ({ name: process.name, file: process.logFile, text: lastLines(await process.log(), lines) })));
}

class DetachedStack {
  readonly layout: StackLayout;
  readonly #directory: string;
  readonly #state: StackState;

  private constructor(directory: string, state: StackState, { servers, archives }: PreparedServers) {
    this.#directory = directory;
    this.#state = state;
    this.layout = layOut(compileStackOptions({ directory, brokers: state.brokers, registry: true }), { servers, archives, basePort: state.basePort, onChange: () => undefined });
  }

  static async open(directory: string, state: StackState, prepared: PreparedServers): Promise<DetachedStack> {
    const stack = new DetachedStack(directory, state, prepared);
    for (const process of stack.layout.processes) {
      const identity = state.processes[process.name];
      if (identity !== undefined) await process.adopt(identity);
    }
    return stack;
  }

  /** To look at it and to stop it, nothing needs to be installed. */
  static async find(directory: string): Promise<DetachedStack | null> {
    const state = await readStackState(directory);
    return state === null ? null : DetachedStack.open(directory, state, { servers: serversIn(resolvePaths().cache), archives: { broker: [], format: [], registry: [] } });
  }

  async notRunning(): Promise<ServerProcess[]> {
    const running = await Promise.all(this.layout.processes.map((process) => process.isRunning()));
    return this.layout.processes.filter((_, i) => running[i] === false);
  }

  async save(): Promise<void> {
    const processes: Record<string, ProcessIdentity> = {};
    for (const { name, identity } of this.layout.processes) if (identity !== null) processes[name] = identity;
    await writeStackState(this.#directory, { ...this.#state, processes });
  }

  async report(): Promise<StackReport> {
    const { servers, brokers, registry } = this.layout;
    const reports = await Promise.all(servers.map(async ({ process, address, answers }): Promise<ServerReport> => {
      const running = await process.isRunning();
      return { name: process.name, state: !running ? 'down' : (await answers()) ? 'up' : 'silent', pid: running ? process.pid : null, address, logFile: process.logFile };
    }));
    return { directory: this.#directory, bootstrap: brokers.map(({ address }) => address).join(','), registryUrl: registry?.url ?? '', servers: reports };
  }
}

async function choosePort(): Promise<number> {
  if (await allFree(DEFAULT_BASE_PORT)) return DEFAULT_BASE_PORT;
  const { basePort, release } = await claimPorts();
  await release();
  return basePort;
}

async function withLock<T>(directory: string, act: () => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true });
  const release = await acquireLock(directory);
  try {
    return await act();
  } finally {
    await release();
  }
}

const rejection = (signal: AbortSignal): Promise<never> => new Promise((_, reject) => {
  signal.addEventListener('abort', () => { reject(signal.reason as Error); }, { once: true });
});
