/**
 * num.stream.threads: several stream threads in one process, each a worker with its own event loop, clients and tasks.
 * To the group each is a member like any other, so tasks are shared among threads as among processes.
 *
 * Functions cannot be sent to a worker, so each thread makes its Streams from a module that exports `createStreams`:
 *
 * ```ts
 * // word-count.ts
 * export const createStreams: CreateStreams = async () => ({ streams: new Streams(topology, { applicationId: 'word-count', driver: await openKafkaLog(...) }) });
 * // main.ts
 * const threads = new StreamThreads({ module: new URL('./word-count.ts', import.meta.url), numStreamThreads: 2 });
 * await threads.start();
 * ```
 *
 * Its state is that of all threads together: RUNNING when all are, ERROR when one is. A worker that crashes is replaced
 * with back-off (Kafka Streams' REPLACE_THREAD, KIP-671); its tasks go to the others meanwhile.
 */
import { z } from 'zod';
import { MillraceError, toMillraceError } from '../../../connectors/ports/index.ts';
import { holdRocksBinding } from '../../../state/index.ts';
import type { Streams, StreamsMetrics } from '../streams.ts';
import { StreamsLifeCycle } from '../streams-state.ts';
import type { StateListener, StreamsState } from '../streams-state.ts';
import { WorkerThread } from './worker-thread.ts';

export interface StreamThreadContext {
  /** Unique in the process; a good part of a client id. */
  readonly threadName: string;
  /** `data` of the options, as structured cloning leaves it. */
  readonly data: unknown;
}

export interface StreamThread {
  readonly streams: Streams;
  /** After the Streams has closed: whatever createStreams opened besides. */
  readonly close?: () => Promise<void>;
}

/** What the module exports as `createStreams`. Called once in each thread; the Streams must not be started. */
export type CreateStreams = (context: StreamThreadContext) => Promise<StreamThread>;

export interface StreamThreadsOptions {
  readonly module: URL;
  /** @default 1 */
  readonly numStreamThreads?: number;
  /** Handed to each thread. */
  readonly data?: unknown;
  /** First wait before a crashed thread is replaced; doubles up to the second. @default 1000 and 30000 */
  readonly replaceBackoffMs?: number;
  readonly maxReplaceBackoffMs?: number;
}

const schema = z.object({
  module: z.instanceof(URL),
  numStreamThreads: z.int().min(1).default(1),
  data: z.unknown().optional(),
  replaceBackoffMs: z.number().min(0).default(1000),
  maxReplaceBackoffMs: z.number().min(0).default(30_000),
});

export class StreamThreads {
  readonly #options: z.output<typeof schema>;
  readonly #lifeCycle = new StreamsLifeCycle();
  readonly #threads = new Set<WorkerThread>();
  readonly #replacements = new Set<NodeJS.Timeout>();
  #created = 0;
  #crashes = 0;
  #ran = false;
  #error: MillraceError | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: StreamThreadsOptions) {
    const parsed = schema.safeParse(options);
    if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of StreamThreads: ${z.prettifyError(parsed.error)}`);
    this.#options = parsed.data;
  }

  get state(): StreamsState {
    return this.#lifeCycle.state;
  }

  /** Why the state is ERROR. */
  get error(): MillraceError | null {
    return this.#error;
  }

  /** Names of the threads that live now. */
  get threadNames(): readonly string[] {
    return [...this.#threads].map(({ name }) => name);
  }

  /** Returns what removes the listener. */
  onStateChange(listener: StateListener): () => void {
    return this.#lifeCycle.listen(listener);
  }

  /** Resolves when the tasks of every thread's first assignment are running. */
  async start(): Promise<void> {
    if (!this.#lifeCycle.to('REBALANCING')) throw new MillraceError('MILL_CLOSED', `StreamThreads can be started once, and is ${this.state}.`);
    try {
      await holdRocksBinding();
      await Promise.all(Array.from({ length: this.#options.numStreamThreads }, () => this.#addThread().start()));
    } catch (error) {
      this.#fail(error);
      throw this.#error ?? toMillraceError(error);
    }
  }

  /** KIP-663. Resolves to the thread's name when its first tasks are running. */
  async addStreamThread(): Promise<string> {
    if (this.state !== 'RUNNING' && this.state !== 'REBALANCING') throw new MillraceError('MILL_CLOSED', `StreamThreads is ${this.state}.`);
    const thread = this.#addThread();
    await thread.start();
    return thread.name;
  }

  /** KIP-663. Closes the youngest thread; its tasks go to the others. Resolves to its name, or `null` where one is left and must stay. @default timeoutMs 30000 */
  async removeStreamThread({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<string | null> {
    const youngest = [...this.#threads].at(-1);
    if (youngest === undefined || this.#threads.size === 1) return null;
    this.#threads.delete(youngest);
    await youngest.close(timeoutMs);
    this.#combine();
    return youngest.name;
  }

  /** Of each thread that answers. */
  async metrics(): Promise<readonly StreamsMetrics[]> {
    const answers = await Promise.allSettled([...this.#threads].map((thread) => thread.metrics()));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value !== undefined ? [answer.value] : []));
  }

  /** As `Streams.close`, for all threads at once. @default timeoutMs 30000 */
  close({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= (async () => {
      this.#lifeCycle.to('PENDING_SHUTDOWN');
      for (const timer of this.#replacements) clearTimeout(timer);
      const results = await Promise.allSettled([...this.#threads].map((thread) => thread.close(timeoutMs)));
      this.#threads.clear();
      this.#lifeCycle.to('NOT_RUNNING');
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined && this.#error === null) throw failed.reason;
    })();
    return this.#closing;
  }

  #addThread(): WorkerThread {
    const { module, data } = this.#options;
    const threadName = `StreamThread-${++this.#created}`;
    const thread = new WorkerThread({ moduleUrl: module.href, threadName, data }, {
      onState: () => { this.#combine(); },
      onCrash: (crashed, error) => { this.#replace(crashed, error); },
    });
    this.#threads.add(thread);
    return thread;
  }

  #combine(): void {
    const threads = [...this.#threads];
    const failed = threads.find(({ state }) => state === 'ERROR');
    if (failed !== undefined) this.#fail(failed.error);
    else if (threads.length > 0 && threads.every(({ state }) => state === 'RUNNING')) {
      this.#crashes = 0;
      this.#ran = true;
      this.#lifeCycle.to('RUNNING');
    } else if (this.state === 'RUNNING') this.#lifeCycle.to('REBALANCING');
  }

  /** One that ends before any ever ran has a module or options that will fail again. */
  #replace(crashed: WorkerThread, error: Error): void {
    if (!this.#threads.delete(crashed) || this.#closing !== null || this.state === 'ERROR') return;
    if (crashed.state === 'CREATED' && !this.#ran) {
      this.#fail(error);
      return;
    }
    process.emitWarning(`${crashed.name} ended, and is replaced: ${error.message}`);
    this.#combine();
    const { replaceBackoffMs, maxReplaceBackoffMs } = this.#options;
    const timer = setTimeout(() => {
      this.#replacements.delete(timer);
      // What it rejects with comes as its state, or as its crash.
      this.#addThread().start().catch(() => undefined);
    }, Math.min(maxReplaceBackoffMs, replaceBackoffMs * 2 ** this.#crashes++));
    this.#replacements.add(timer);
    if (this.#threads.size === 0) this.#lifeCycle.to('REBALANCING');
  }

  #fail(error: unknown): void {
    if (!this.#lifeCycle.may('ERROR')) return;
    this.#error = toMillraceError(error);
    this.#lifeCycle.to('ERROR');
  }
}
