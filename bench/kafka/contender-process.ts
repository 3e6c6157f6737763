/** A contender in a process of its own: what it tells, and what it costs, as Linux counts it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { argumentsOf } from './contender.ts';
import type { ContenderEvent, EventName } from './contender.ts';

const WITHIN_MS = 600_000;
/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;
const FIELD_UTIME = 14;
const FIRST_FIELD_AFTER_NAME = 3;
const LAST_WORDS = 2000;

export interface Cost {
  readonly atMs: number;
  /** Of all threads, since the process began. */
  readonly cpuMs: number;
  readonly peakMb: number;
}

export type CostlyEvent = ContenderEvent & Cost;

export class ContenderProcess {
  readonly #child: ChildProcess;
  readonly #events = new Map<EventName, CostlyEvent>();
  readonly #listeners = new Set<() => void>();
  readonly #exited: Promise<never>;
  #stderr = '';
  #stopping = false;

  constructor(command: readonly string[], settings: object) {
    const [file = '', ...first] = command;
    const child = spawn(file, [...first, ...argumentsOf(settings)], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.#stderr = (this.#stderr + text).slice(-LAST_WORDS); });
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{"event"')) return;
      const event = JSON.parse(line) as ContenderEvent;
      this.#events.set(event.event, { ...this.cost(), ...event });
      for (const listener of this.#listeners) listener();
    });
    this.#exited = once(child, 'exit').then(([code]) => { throw new Error(`${first.at(-1) ?? file} ended with ${code}: ${this.#stderr}`); });
    this.#exited.catch(() => undefined);
  }

  /** Its costs so far. */
  cost(): Cost {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    // The name of the program, in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = [0, 1].reduce((sum, more) => sum + Number(fields[FIELD_UTIME - FIRST_FIELD_AFTER_NAME + more]), 0);
    const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1];
    return { atMs: Date.now(), cpuMs: ticks * TICK_MS, peakMb: Number(peak) / 1024 };
  }

  when(event: EventName): Promise<CostlyEvent> {
    return this.during(new Promise((resolve) => {
      const look = (): void => {
        const told = this.#events.get(event);
        if (told === undefined) return;
        this.#listeners.delete(look);
        resolve(told);
      };
      this.#listeners.add(look);
      look();
    }));
  }

  /** @returns when it was told, if it was */
  told(event: EventName): CostlyEvent | undefined {
    return this.#events.get(event);
  }

  /** @throws when the process ends meanwhile, or nothing comes for ten minutes */
  async during<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => { reject(new Error(`nothing came for ten minutes: ${this.#stderr}`)); }, WITHIN_MS);
    });
    try {
      return await Promise.race([work, this.#exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** In order; by force after ten minutes. */
  async stop(): Promise<void> {
    if (this.#stopping || this.#child.exitCode !== null) return;
    this.#stopping = true;
    const exit = once(this.#child, 'exit') as Promise<[number | null]>;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), WITHIN_MS);
    this.#child.stdin?.end();
    const [code] = await exit;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`it ended with ${code}: ${this.#stderr}`);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
