/**
 * One server: a process in a group of its own, its output in a file. Known by its identity and not by a handle, so that a
 * later program takes it over as well as its parent does.
 *
 * Some servers are started by a launcher that ends when they run. They are in its group, and leave their number in a file:
 *
 *   launcher --(file)--> server
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import { groupOf, identify, isAlive, type ProcessIdentity, UNKNOWN_GROUP } from '../system/index.ts';
import { lastReasons } from './log-lines.ts';

const POLL_MS = 25;
const ASK_AGAIN_MS = 60;

export interface ServerDefinition {
  /** As it stands in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Of this program too where nothing else is said. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Where the server leaves its process id, when the command is its launcher. */
  readonly pidFile?: string | undefined;
  readonly logFile: string;
  /** What it leaves outside of its folder when it is killed. */
  readonly leaves?: readonly string[] | undefined;
}

export class ServerProcess {
  readonly name: string;
  readonly logFile: string;
  readonly #definition: ServerDefinition;
  readonly #onChange: () => void;
  #identity: ProcessIdentity | null = null;
  /** Where the log of the present run begins. */
  #logStart = 0;

  /** @param onChange called when it has a new process, or none */
  constructor(definition: ServerDefinition, onChange: () => void) {
    this.name = definition.name;
    this.logFile = definition.logFile;
    this.#definition = definition;
    this.#onChange = onChange;
  }

  /** `null` when it was not started, or was seen to end. */
  get identity(): ProcessIdentity | null {
    return this.#identity;
  }

  /** @throws MillraceError MILL_STACK_FAILED when it has no process */
  get pid(): number {
    if (this.#identity === null) throw new MillraceError('MILL_STACK_FAILED', `${this.name} does not run`);
    return this.#identity.pid;
  }

  /** Takes over a process that another program started. */
  async adopt(identity: ProcessIdentity): Promise<void> {
    this.#become((await isAlive(identity)) ? identity : ((await this.#launchedBy(identity.pid)) ?? identity));
  }

  /** Resolves when there is a process; with a launcher, when that has started the server or has ended. */
  async spawn(): Promise<void> {
    if (await this.isRunning()) throw new MillraceError('MILL_STACK_FAILED', `${this.name} runs already, as process ${this.pid}`);
    const { command, args, env, pidFile } = this.#definition;
    await mkdir(path.dirname(this.logFile), { recursive: true });
    if (pidFile !== undefined) await rm(pidFile, { force: true });
    const log = openSync(this.logFile, 'a');
    try {
      this.#logStart = (await stat(this.logFile)).size;
      const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (error) => { reject(new MillraceError('MILL_STACK_FAILED', `${this.name} cannot be started: ${error.message}`, { hint: `Install what ${command} belongs to.` })); });
      });
      child.once('exit', () => { if (this.#identity?.pid === child.pid) this.#become(null); });
      // Neither a server nor its guard keeps a program alive that is done.
      child.unref();
      if (child.pid === undefined) return;
      this.#become(await identify(child.pid));
      if (pidFile !== undefined) await this.#followLauncher(child.pid);
    } finally {
      closeSync(log);
    }
  }

  async isRunning(): Promise<boolean> {
    return this.#identity !== null && isAlive(this.#identity);
  }

  /** Until it says that it is ready. @throws MillraceError MILL_STACK_FAILED when it ends, or the time is over */
  async whenReady(isReady: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!(await isReady().catch(() => false))) {
      if (!(await this.isRunning())) throw await this.#failure('ended while it started');
      if (performance.now() > deadlineMs) throw await this.#failure(`is not ready after ${timeoutMs / 1000} s`);
      await sleep(ASK_AGAIN_MS);
    }
  }

  /** To its process, if it has one. */
  signal(name: NodeJS.Signals): void {
    if (this.#identity !== null) send(this.#identity.pid, name);
  }

  /** SIGTERM, and SIGKILL when it has not ended within the bound. */
  async stop(boundMs: number): Promise<void> {
    if (await this.isRunning()) {
      this.signal('SIGTERM');
      this.signal('SIGCONT');
    }
    if (!(await this.#hasEnded(boundMs))) await this.kill();
    this.#become(null);
  }

  async kill(): Promise<void> {
    if (await this.isRunning()) {
      // With all of its group: a launcher may be about to start the server.
      send(-this.pid, 'SIGKILL');
      this.signal('SIGKILL');
    }
    await this.#hasEnded(Number.POSITIVE_INFINITY);
    for (const file of this.#definition.leaves ?? []) await rm(file, { force: true });
    this.#become(null);
  }

  /** What it wrote since it was started; all that is there when another program started it. */
  async log(): Promise<string> {
    const bytes = await readFile(this.logFile).catch(() => Buffer.alloc(0));
    return bytes.subarray(this.#logStart).toString();
  }

  async #hasEnded(withinMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + withinMs;
    while (await this.isRunning()) {
      if (performance.now() > deadlineMs) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  async #followLauncher(launcher: number): Promise<void> {
    while (this.#identity?.pid === launcher) {
      const server = await this.#launchedBy(launcher);
      if (server === null) await sleep(POLL_MS);
      else this.#become(server);
    }
  }

  /** By its group, which nobody else can have while the server is in it. */
  async #launchedBy(launcher: number): Promise<ProcessIdentity | null> {
    const { pidFile } = this.#definition;
    if (pidFile === undefined) return null;
    const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
    return pid > 0 && [launcher, UNKNOWN_GROUP].includes(await groupOf(pid)) ? identify(pid) : null;
  }

  async #failure(what: string): Promise<MillraceError> {
    return new MillraceError('MILL_STACK_FAILED', `${this.name} ${what}; the end of ${this.logFile}:\n${lastReasons(await this.log())}`);
  }

  #become(identity: ProcessIdentity | null): void {
    this.#identity = identity;
    this.#onChange();
  }
}

/** @param pid that of a process, or a negative one of a group */
function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
