/**
 * The host's end of one inference worker.
 *
 *   absent ──first request──> starting ──ready──> running ──exit──> absent (the next request starts it anew)
 *      └───────────────────────── close ───────────────────────────> closed
 *
 * A request that is in flight when the process goes fails with MILL_INFERENCE_WORKER_LOST.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { TaskName } from './tasks.ts';
import { fromWire, type WorkerCommand, type WorkerMessage, type WorkerReply, type WorkerRequest } from './worker-messages.ts';

const WORKER_MODULE = new URL('worker-main.ts', import.meta.url);
/** Workers load TypeScript whatever flags this process was started with, and from whatever folder. */
const EXEC_ARGV = ['--import', import.meta.resolve('tsx')];

export type LoadCommand = WorkerCommand & { readonly type: 'load' };

export interface WorkerEvents {
  readonly onLost: (reason: string) => void;
  readonly onNotice: (text: string) => void;
}

interface Pending {
  resolve(reply: WorkerReply): void;
  reject(error: MillraceError): void;
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly pending: Map<number, Pending>;
  /** Tasks whose model this process holds. */
  readonly loaded: Set<TaskName>;
}

export class WorkerProcess {
  readonly #events: WorkerEvents;
  #running: Running | undefined;
  #nextId = 0;
  #closed = false;

  constructor(events: WorkerEvents) {
    this.#events = events;
  }

  has(task: TaskName): boolean {
    return this.#running?.loaded.has(task) ?? false;
  }

  /** Starts the process and loads the model, where that is still to do. */
  async load(command: LoadCommand): Promise<void> {
    await this.#load(this.#current(), command);
  }

  /** Runs a batch, in the process that loaded the model and in no other. */
  async run(command: LoadCommand, inputs: readonly unknown[]): Promise<WorkerReply> {
    const running = this.#current();
    await this.#load(running, command);
    return this.#ask(running, { type: 'run', task: command.task, inputs });
  }

  #current(): Running {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The inference worker is closed');
    return (this.#running ??= this.#start());
  }

  async #load(running: Running, command: LoadCommand): Promise<void> {
    if (running.loaded.has(command.task)) return;
    await running.ready;
    await this.#ask(running, command);
    running.loaded.add(command.task);
  }

  #ask(running: Running, command: WorkerCommand): Promise<WorkerReply> {
    if (this.#running !== running) throw lostError('it ended before the request');
    const id = this.#nextId++;
    const request: WorkerRequest = { ...command, id };
    return new Promise((resolve, reject) => {
      running.pending.set(id, { resolve, reject });
      // A send that fails means that the process is gone; its exit settles the request.
      running.child.send(request, () => undefined);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#running?.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  #start(): Running {
    const child = fork(WORKER_MODULE, [], { serialization: 'advanced', execArgv: EXEC_ARGV, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const pending = new Map<number, Pending>();
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: WorkerMessage) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'notice') this.#events.onNotice(message.text);
        else {
          const waiting = pending.get(message.id);
          pending.delete(message.id);
          if (message.type === 'failed') waiting?.reject(fromWire(message.error));
          else waiting?.resolve(message);
        }
      });
      const lost = (reason: string): void => {
        if (this.#running?.child !== child) return;
        this.#running = undefined;
        reject(lostError(reason));
        for (const waiting of pending.values()) waiting.reject(lostError(reason));
        pending.clear();
        if (!this.#closed) this.#events.onLost(reason);
      };
      child.once('error', (error) => { lost(error.message); });
      child.once('exit', (code, signal) => { lost(signal === null ? `it exited with code ${String(code)}` : `it was ended by ${signal}`); });
    });
    // Whoever waits for `ready` handles its failure; a worker that nobody waits for any more may fail unheard.
    ready.catch(() => undefined);
    return { child, ready, pending, loaded: new Set() };
  }
}

const lostError = (reason: string): MillraceError => new MillraceError('MILL_INFERENCE_WORKER_LOST', `An inference worker was lost: ${reason}`);
