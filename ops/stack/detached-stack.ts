/**
 * A stack that outlives the command that started it. Its directory has the data, the logs and a state file with the
 * identity of each process; every command looks at these, so that it tells and does the right thing whatever was killed
 * in between, and never touches a process that only has the number of an old one.
 */
import { mkdir } from 'node:fs/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import { acquireLock, type ProcessIdentity } from '../system/index.ts';
import { lastLines } from './log-lines.ts';
import { layOutDetached, type DetachedLayout, type PreparedStack } from './detached-layout.ts';
import { allFree, claimPorts } from './ports.ts';
import { stackInCache, type StackParts } from './prepare-stack.ts';
import { S3_NAMES, type S3Kind } from './s3/program.ts';
import type { ServerProcess } from './server-process.ts';
import { addressesOf, type StackAddresses } from './stack-addresses.ts';
import { readStackState, stackDirectory, writeStackState, type StackKind, type StackState } from './stack-state.ts';

/** Where a stack listens when nobody else does. */
const DEFAULT_BASE_PORT = 29_092;

export interface ServerReport {
  readonly name: string;
  /** `silent`: it runs, and does not answer (yet, or any more). */
  readonly state: 'up' | 'silent' | 'down';
  readonly pid: number | null;
  readonly address: string;
  readonly logFile: string;
}

export interface StackReport {
  readonly kind: StackKind;
  readonly directory: string;
  readonly addresses: StackAddresses;
  readonly servers: readonly ServerReport[];
}

/** A stack of a data directory. */
export interface StackName {
  readonly dataDirectory: string;
  readonly kind: StackKind;
}

export interface UpOptions extends StackName {
  /** @default as it was, or 1 */
  readonly brokers?: 1 | 3 | undefined;
  /** Of a cluster. @default as it was, or seaweedfs */
  readonly s3?: S3Kind | undefined;
  /** @default as it was, or 29092, or a free block where somebody listens there */
  readonly basePort?: number | undefined;
  readonly signal: AbortSignal;
  /** Gets what the servers need. */
  readonly prepare: (parts: StackParts) => Promise<PreparedStack>;
}

/**
 * Starts the servers that do not run; those that do are left alone. What a failed call started, it stops.
 * @throws MillraceError MILL_STACK_FAILED, MILL_PORT_UNAVAILABLE, MILL_CONFIG_INVALID when the data is of another kind of stack
 */
export async function upStack(options: UpOptions): Promise<StackReport> {
  const { signal, prepare } = options;
  const directory = directoryOf(options);
  return withLock(directory, async () => {
    const state = await shape(options, await DetachedStack.find(options));
    const stack = await DetachedStack.open(directory, state, await prepare(state));
    await stack.layout.prepare();
    const missing = await stack.notRunning();
    stack.saveChanges();
    try {
      signal.throwIfAborted();
      await Promise.race([startAll(missing, stack.layout), rejection(signal)]);
    } catch (error) {
      await Promise.all(missing.map((process) => process.kill()));
      await stack.save();
      throw error;
    }
    await stack.save();
    return stack.report();
  });
}

async function startAll(missing: readonly ServerProcess[], layout: DetachedLayout): Promise<void> {
  await Promise.all(missing.map((process) => process.spawn()));
  await layout.whenServing();
}

/** As it was, and as it is wanted. */
async function shape({ kind, brokers, s3, basePort }: UpOptions, before: DetachedStack | null): Promise<StackState> {
  if (before === null) {
    if (basePort !== undefined) await checkFree(basePort);
    return { kind, brokers: brokers ?? 1, s3: s3 ?? 'seaweedfs', basePort: basePort ?? (await choosePort()), processes: {} };
  }
  const { directory, state } = before;
  if (brokers !== undefined && state.brokers !== brokers) throw otherData(directory, `${state.brokers === 1 ? '1 broker' : '3 brokers'}, not ${brokers}`);
  if (s3 !== undefined && state.s3 !== s3) throw otherData(directory, `${S3_NAMES[state.s3]}, not ${S3_NAMES[s3]}`);
  if (basePort === undefined || basePort === state.basePort) return state;
  if ((await before.notRunning()).length < before.layout.servers.length) {
    throw new MillraceError('MILL_CONFIG_INVALID', `The stack in ${directory} runs at ports from ${state.basePort} on, not ${basePort}`, { hint: 'Stop it first: ./millrace stack down' });
  }
  await checkFree(basePort);
  return { ...state, basePort };
}

const otherData = (directory: string, what: string): MillraceError =>
  new MillraceError('MILL_CONFIG_INVALID', `The stack in ${directory} has ${what}`, { hint: 'Stop it, and remove that folder; or name another data directory with --data.' });

async function checkFree(basePort: number): Promise<void> {
  if (!(await allFree(basePort))) throw new MillraceError('MILL_PORT_UNAVAILABLE', `Not all ports that a stack needs from ${basePort} on are free`, { hint: 'Name others with --base-port, or stop what listens there.' });
}

/** @returns null where no stack was started */
export async function downStack(name: StackName): Promise<StackReport | null> {
  const directory = directoryOf(name);
  if ((await readStackState(directory)) === null) return null;
  return withLock(directory, async () => {
    const stack = await DetachedStack.find(name);
    if (stack === null) return null;
    await Promise.all(stack.layout.servers.map(({ process, stopWithinMs }) => process.stop(stopWithinMs)));
    await stack.save();
    return stack.report();
  });
}

/** @returns null where no stack was started */
export async function stackStatus(name: StackName): Promise<StackReport | null> {
  return (await DetachedStack.find(name))?.report() ?? null;
}

export interface ServerLog {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** The last lines of each server's log. */
export async function stackLogs(name: StackName, lines: number): Promise<ServerLog[]> {
  const stack = await DetachedStack.find(name);
  return Promise.all((stack?.layout.servers ?? []).map(async ({ process }) => ({ name: process.name, file: process.logFile, text: lastLines(await process.log(), lines) })));
}

class DetachedStack {
  readonly layout: DetachedLayout;
  readonly directory: string;
  readonly state: StackState;
  #savesChanges = false;
  /** One write after the other. */
  #saved: Promise<void> = Promise.resolve();

  private constructor(directory: string, state: StackState, prepared: PreparedStack) {
    this.directory = directory;
    this.state = state;
    this.layout = layOutDetached(directory, state, prepared, () => { if (this.#savesChanges) this.save().catch(() => undefined); });
  }

  static async open(directory: string, state: StackState, prepared: PreparedStack): Promise<DetachedStack> {
    const stack = new DetachedStack(directory, state, prepared);
    for (const { process } of stack.layout.servers) {
      const identity = state.processes[process.name];
      if (identity !== undefined) await process.adopt(identity);
    }
    return stack;
  }

  static async find(name: StackName): Promise<DetachedStack | null> {
    const directory = directoryOf(name);
    const state = await readStackState(directory);
    return state === null ? null : DetachedStack.open(directory, state, stackInCache(state));
  }

  async notRunning(): Promise<ServerProcess[]> {
    const processes = this.layout.servers.map(({ process }) => process);
    const running = await Promise.all(processes.map((process) => process.isRunning()));
    return processes.filter((_, i) => running[i] === false);
  }

  /** From now on every process that comes or goes is noted, so that a killed `up` leaves none that nobody knows. */
  saveChanges(): void {
    this.#savesChanges = true;
  }

  /** @throws Error when the file cannot be written, now or by a change before */
  save(): Promise<void> {
    this.#saved = this.#saved.then(() => {
      const processes: Record<string, ProcessIdentity> = {};
      for (const { process: { name, identity } } of this.layout.servers) if (identity !== null) processes[name] = identity;
      return writeStackState(this.directory, { ...this.state, processes });
    });
    return this.#saved;
  }

  async report(): Promise<StackReport> {
    const servers = await Promise.all(this.layout.servers.map(async (server): Promise<ServerReport> => {
      const { process, address } = server;
      const running = await process.isRunning();
      return { name: process.name, state: !running ? 'down' : (await server.answers()) ? 'up' : 'silent', pid: running ? process.pid : null, address, logFile: process.logFile };
    }));
    return { kind: this.state.kind, directory: this.directory, addresses: addressesOf(this.state), servers };
  }
}

const directoryOf = ({ dataDirectory, kind }: StackName): string => stackDirectory(dataDirectory, kind);

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
