/**
 * One server: a Java process in a group of its own, its output in a file. Known by its identity and not by a handle, so
 * that a later program takes it over as well as its parent does.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import { identify, isAlive, type ProcessIdentity } from '../system/index.ts';
import { lastReasons } from './log-lines.ts';

const POLL_MS = 25;
const ASK_AGAIN_MS = 60;

export interface ServerDefinition {
  /** As it stands in messages. */
  readonly name: string;
  readonly javaArguments: readonly string[];
  readonly logFile: string;
}

export class ServerProcess {
  readonly name: string;
  readonly logFile: string;
  readonly #javaArguments: readonly string[];
  readonly #onChange: () => void;
  #identity: ProcessIdentity | null = null;
  /** Where the log of the present run begins. */
  #logStart = 0;

  /** @param onChange called when it has a new process, or none */
  constructor({ name, javaArguments, logFile }: ServerDefinition, onChange: () => void) {
    this.name = name;
    this.logFile = logFile;
    this.#javaArguments = javaArguments;
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
  adopt(identity: ProcessIdentity): void {
    this.#become(identity);
  }

  async spawn(): Promise<void> {
    if (await this.isRunning()) throw new MillraceError('MILL_STACK_FAILED', `${this.name} runs already, as process ${this.pid}`);
    await mkdir(path.dirname(this.logFile), { recursive: true });
    const log = openSync(this.logFile, 'a');
    try {
      this.#logStart = (await stat(this.logFile)).size;
      const child = spawn('java', this.#javaArguments, { detached: true, stdio: ['ignore', log, log] });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (error) => { reject(new MillraceError('MILL_STACK_JAVA_MISSING', `${this.name} cannot be started: ${error.message}`)); });
      });
      child.once('exit', () => { if (this.#identity?.pid === child.pid) this.#become(null); });
      // Neither a server nor its guard keeps a program alive that is done.
      child.unref();
      if (child.pid !== undefined) this.#become(await identify(child.pid));
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
    if (this.#identity === null) return;
    try {
      process.kill(this.#identity.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
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
    if (await this.isRunning()) this.signal('SIGKILL');
    await this.#hasEnded(Number.POSITIVE_INFINITY);
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

  async #failure(what: string): Promise<MillraceError> {
    return new MillraceError('MILL_STACK_FAILED', `${this.name} ${what}; the end of ${this.logFile}:\n${lastReasons(await this.log())}`);
  }

  #become(identity: ProcessIdentity | null): void {
    this.#identity = identity;
    this.#onChange();
  }
}
