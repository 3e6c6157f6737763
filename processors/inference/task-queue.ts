/**
 * The dynamic batcher in front of one task. Callers add items; whoever has a free worker takes a batch.
 *
 *   caller ──add──> blocked (no place) ──> queued (bounded) ──take──> batch ──> worker
 *
 * A batch is due when it is full, or when its oldest item has waited for `maxDelayMs`. The queue knows nothing of
 * workers: it calls `onDue` when a batch becomes due, and is asked for it when a worker is free.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import { PriorityFifo, type Priority } from './priority-fifo.ts';

export interface QueueLimits {
  readonly maxBatch: number;
  readonly maxDelayMs: number;
  /** Items that may wait; callers beyond it wait for a place. */
  readonly maxQueued: number;
}

export interface QueuedItem<I, O> {
  readonly input: I;
  resolve(output: O): void;
  reject(error: unknown): void;
}

interface Waiting<I, O> extends QueuedItem<I, O> {
  readonly priority: Priority;
  readonly addedAtMs: number;
}

export interface AddOptions {
  readonly signal?: AbortSignal | undefined;
  readonly priority?: Priority | undefined;
}

export class TaskQueue<I, O> {
  readonly #limits: QueueLimits;
  readonly #onDue: () => void;
  readonly #queued = new PriorityFifo<Waiting<I, O>>();
  readonly #blocked = new PriorityFifo<Waiting<I, O>>();
  #timer: NodeJS.Timeout | undefined;
  #due = false;
  #closed = false;

  constructor(limits: QueueLimits, onDue: () => void) {
    this.#limits = limits;
    this.#onDue = onDue;
  }

  get queued(): number {
    return this.#queued.size;
  }

  get blocked(): number {
    return this.#blocked.size;
  }

  add(input: I, { signal, priority = 'BULK' }: AddOptions = {}): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      if (this.#closed) throw closedError();
      signal?.throwIfAborted();
      const onAbort = (): void => {
        if (!this.#blocked.remove(item) && this.#queued.remove(item)) this.#admit();
        reject(signal?.reason as Error);
      };
      const settle = <A>(how: (value: A) => void) => (value: A): void => {
        signal?.removeEventListener('abort', onAbort);
        how(value);
      };
      const item: Waiting<I, O> = { input, priority, addedAtMs: performance.now(), resolve: settle(resolve), reject: settle(reject) };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#blocked.push(item, priority);
      this.#admit();
    });
  }

  /** The batch that a free worker should take now, judged against other queues; `undefined` while none is due. */
  head(): { readonly priority: Priority; readonly addedAtMs: number } | undefined {
    return this.#due ? this.#queued.peek()?.item : undefined;
  }

  /** At most `maxBatch` items, LIVE ones first. */
  take(): QueuedItem<I, O>[] {
    const batch: Waiting<I, O>[] = [];
    while (batch.length < this.#limits.maxBatch) {
      const item = this.#queued.take();
      if (item === undefined) break;
      batch.push(item);
    }
    this.#admit();
    return batch;
  }

  /** Fails everything that waits, and everything that is added later. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const item of [...this.#queued.drain(), ...this.#blocked.drain()]) item.reject(closedError());
  }

  /** Fills free places, then sees whether a batch is due. */
  #admit(): void {
    while (this.#queued.size < this.#limits.maxQueued) {
      const item = this.#blocked.take();
      if (item === undefined) break;
      this.#queued.push(item, item.priority);
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const heads = this.#queued.heads();
    if (heads.length === 0) {
      this.#due = false;
      return;
    }
    const oldestMs = Math.min(...heads.map(({ addedAtMs }) => addedAtMs));
    const waitMs = this.#limits.maxDelayMs - (performance.now() - oldestMs);
    this.#due = this.#queued.size >= Math.min(this.#limits.maxBatch, this.#limits.maxQueued) || waitMs <= 0;
    if (this.#due) this.#onDue();
    else this.#timer = setTimeout(() => { this.#admit(); }, waitMs);
  }
}

const closedError = (): MillraceError => new MillraceError('MILL_CLOSED', 'The model host is closed');
