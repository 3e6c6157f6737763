/** An instance as the harness has it: its process, and what it has told about itself. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SETTINGS_VARIABLE } from './app-settings.ts';
import type { AppReport, AppSettings, TaskReport } from './app-settings.ts';

const APP = fileURLToPath(new URL('app.ts', import.meta.url));
const POLL_MS = 25;
const TAIL = 4000;

/** Those that run, so that none outlives the harness: a stopped one would not see that it has ended. */
const alive = new Set<ChildProcess>();
process.on('exit', () => { for (const child of alive) child.kill('SIGKILL'); });

export interface InstanceOptions {
  /** A shell command that goes first, as `ulimit`. */
  readonly limit?: string;
}

export class Instance {
  readonly name: string;
  readonly settings: AppSettings;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #reports: AppReport[] = [];
  #complaints = '';

  constructor(name: string, settings: AppSettings, { limit = ':' }: InstanceOptions = {}) {
    this.name = name;
    this.settings = settings;
    this.#child = spawn('sh', ['-c', `${limit}; exec "$@"`, 'sh', process.execPath, '--import', 'tsx', APP], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, [SETTINGS_VARIABLE]: JSON.stringify(settings) },
    });
    alive.add(this.#child);
    this.#exited = once(this.#child, 'exit').then(() => alive.delete(this.#child));
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.#complaints = (this.#complaints + text).slice(-TAIL); });
    if (this.#child.stdout !== null) createInterface({ input: this.#child.stdout }).on('line', (line) => this.#reports.push(JSON.parse(line) as AppReport));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All that it has told, oldest first. */
  get reports(): readonly AppReport[] {
    return this.#reports;
  }

  of<K extends AppReport['kind']>(kind: K): Extract<AppReport, { kind: K }>[] {
    return this.#reports.filter((report): report is Extract<AppReport, { kind: K }> => report.kind === kind);
  }

  get state(): string {
    return this.of('state').at(-1)?.state ?? 'CREATED';
  }

  /** Its tasks, as it told last. */
  get tasks(): readonly TaskReport[] {
    return this.of('tasks').at(-1)?.tasks ?? [];
  }

  /** Resolves when this holds; fails with what the instance said when it ends before, or the time is over. */
  async until(what: string, condition: (instance: this) => boolean, timeoutMs = 60_000): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!condition(this)) {
      if (!this.running || performance.now() > deadlineMs) throw new Error(`${this.name} ${this.running ? 'does not come to' : 'ended before'}: ${what}\n${this.describe()}`);
      await sleep(POLL_MS);
    }
  }

  /** For messages. */
  describe(): string {
    const failed = this.of('failed').map(({ code, message, stack }) => `${code}: ${message}\n${stack}`);
    return [`${this.name} (${this.settings.driver}): ${this.state}, tasks ${JSON.stringify(this.tasks)}`, ...failed, this.#complaints].join('\n');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGTERM: it commits what it can and leaves its groups. SIGKILL when that takes too long. */
  async close(timeoutMs = 30_000): Promise<void> {
    this.#child.kill('SIGTERM');
    const ended = await Promise.race([this.#exited.then(() => true), sleep(timeoutMs, false, { ref: false })]);
    if (ended) return;
    await this.kill();
    throw new Error(`${this.name} does not close\n${this.describe()}`);
  }
}
