/** One stream thread as the main thread sees it: a worker, its last state, and requests to it. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { Deferred } from '../deferred.ts';
import type { StreamsMetrics } from '../streams.ts';
import type { StreamsState } from '../streams-state.ts';
import { fromPlainError } from './messages.ts';
import type { FromThread, Request, ThreadStart } from './messages.ts';

interface Waiting {
  readonly resolve: (metrics: StreamsMetrics | undefined) => void;
  readonly reject: (error: Error) => void;
}

export interface WorkerThreadEvents {
  readonly onState: (thread: WorkerThread) => void;
  /** The worker ended without being asked to. */
  readonly onCrash: (thread: WorkerThread, error: Error) => void;
}

/** A worker inherits no module hooks: it registers tsx itself before it loads TypeScript. */
function threadProgram(): URL {
  const tsxFolder = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm'));
  const [register, program] = [new URL('./api/index.mjs', tsxFolder), new URL('./thread-main.ts', import.meta.url)].map(({ href }) => JSON.stringify(href));
  return new URL(`data:text/javascript,${encodeURIComponent(`import { register } from ${register}; register(); await import(${program});`)}`);
}

export class WorkerThread {
  readonly name: string;
  readonly #worker: Worker;
  readonly #ready = new Deferred();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #state: StreamsState = 'CREATED';
  #error: MillraceError | null = null;
  #closing = false;

  constructor(start: ThreadStart, { onState, onCrash }: WorkerThreadEvents) {
    this.name = start.threadName;
    this.#worker = new Worker(threadProgram(), { name: start.threadName, workerData: start });
    let failure: Error = new MillraceError('MILL_CLOSED', `Stream thread ${this.name} has ended.`);
    this.#worker.on('message', (message: FromThread) => {
      if (message.type === 'state') {
        this.#state = message.state;
        this.#error = message.error === null ? null : fromPlainError(message.error);
        onState(this);
      } else if (message.type === 'ready') this.#ready.resolve();
      else this.#settle(message);
    });
    this.#worker.on('error', (error) => { failure = error instanceof Error ? error : new Error(String(error)); });
    this.#worker.on('exit', () => {
      this.#ready.reject(failure);
      for (const { reject } of this.#waiting.values()) reject(failure);
      this.#waiting.clear();
      if (!this.#closing) onCrash(this, failure);
    });
    this.#ready.promise.catch(() => undefined);
  }

  get state(): StreamsState {
    return this.#state;
  }

  get error(): MillraceError | null {
    return this.#error;
  }

  async start(): Promise<void> {
    await this.#ask({ type: 'start' });
  }

  async metrics(): Promise<StreamsMetrics | undefined> {
    return this.#ask({ type: 'metrics' });
  }

  /** Closes its Streams within the time, and ends the worker. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    try {
      await this.#ask({ type: 'close', timeoutMs });
    } finally {
      await this.#worker.terminate();
    }
  }

  async #ask(request: Request): Promise<StreamsMetrics | undefined> {
    await this.#ready.promise;
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  #settle({ id, metrics, error }: Extract<FromThread, { type: 'reply' }>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(metrics);
    else waiting?.reject(fromPlainError(error));
  }
}
