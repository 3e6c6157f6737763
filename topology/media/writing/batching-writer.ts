/**
 * Group commit. A write costs much the same for one item as for hundreds, and callers come one item at a time: so what
 * is asked for while writes run goes into the next one, all together. Nothing waits for a timer: the first write starts
 * at once, and another beside it when it is worth its while. Whoever calls is resolved when its item is durable. What
 * waits is bounded by the callers, who wait too.
 *
 * An outage is waited for here, and not by each caller for itself, which would upset an order. The callers are told, so
 * that status can tell. Meanwhile one write at a time asks whether it is over. What a closed task asked for is dropped:
 * its next owner writes it, and this must not come after that.
 */
import { MillraceError, toMillraceError } from '../../../connectors/ports/index.ts';

const MAX_BACKOFF_MS = 5_000;

/** Of the caller: EnrichContext has both. */
export interface WriteContext {
  /** Aborts when the task closes. */
  readonly signal: AbortSignal;
  readonly outage: (error: MillraceError) => void;
}

export interface BatchTarget<Item> {
  /** Writes that may run at a time. */
  readonly maxConcurrentWrites: number;
  /** Resolves when all is durable, with why each item was refused, or `undefined`. Whatever it throws, nothing counts as done. */
  write(items: readonly Item[]): Promise<readonly (string | undefined)[]>;
}

/** Which items must wait for others. */
export interface WriteOrder<Item> {
  /** Whether the item may be written now; if not, a later `done` gives it. */
  admit(item: Item): boolean;
  /** An admitted item was written, or never will be. @returns those that may be written now */
  done(item: Item): readonly Item[];
}

export interface BatchingWriterOptions {
  /** Most items in one write. */
  readonly batchSize: number;
  /** Before the second try; doubles from then on. */
  readonly backoffMs: number;
}

interface Caller extends WriteContext {
  readonly resolve: (refusal: string | undefined) => void;
  readonly reject: (error: MillraceError) => void;
}

export class BatchingWriter<Item extends object> {
  readonly #target: BatchTarget<Item>;
  readonly #options: BatchingWriterOptions;
  readonly #order: WriteOrder<Item> | null;
  readonly #callers = new Map<Item, Caller>();
  /** What may be written now. */
  #ready: Item[] = [];
  #running = 0;
  #scheduled = false;
  /** What the last write met, until one succeeds. */
  #outage: MillraceError | null = null;
  #backoffMs: number;
  /** Between two tries. */
  #resting = false;

  /** Without an order, batches have that of the calls; with several writes at a time nothing else has one. */
  constructor(target: BatchTarget<Item>, options: BatchingWriterOptions, order: WriteOrder<Item> | null = null) {
    this.#target = target;
    this.#options = options;
    this.#order = order;
    this.#backoffMs = options.backoffMs;
  }

  /** Each call has an object of its own. @returns why it was refused @throws what the target threw for the whole batch */
  write(item: Item, { signal, outage }: WriteContext): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.#callers.set(item, { signal, outage, resolve, reject });
      if (this.#outage !== null) outage(this.#outage);
      if (this.#order?.admit(item) ?? true) this.#ready.push(item);
      if (this.#scheduled) return;
      this.#scheduled = true;
      // Callers of this turn of the event loop go into the first batch together.
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#startWrites();
      });
    });
  }

  #startWrites(): void {
    while (this.#mayStart()) {
      const batch = this.#take();
      if (batch.length > 0) void this.#writeBatch(batch);
    }
  }

  /** A small write beside others only makes the next one small too. */
  #mayStart(): boolean {
    if (this.#ready.length === 0 || this.#resting) return false;
    if (this.#running === 0) return true;
    return this.#outage === null && this.#running < this.#target.maxConcurrentWrites && this.#ready.length * 2 >= this.#options.batchSize;
  }

  #take(): Item[] {
    return this.#ready.splice(0, this.#options.batchSize).filter((item) => {
      if (this.#callers.get(item)?.signal.aborted === false) return true;
      this.#end(item, (caller) => { caller.reject(new MillraceError('MILL_CLOSED', 'The task of this write was closed.')); });
      return false;
    });
  }

  async #writeBatch(batch: readonly Item[]): Promise<void> {
    this.#running++;
    try {
      const refusals = await this.#target.write(batch);
      this.#outage = null;
      this.#backoffMs = this.#options.backoffMs;
      batch.forEach((item, at) => { this.#end(item, (caller) => { caller.resolve(refusals[at]); }); });
    } catch (error) {
      const failure = toMillraceError(error);
      if (failure.transient) this.#rest(batch, failure);
      else for (const item of batch) this.#end(item, (caller) => { caller.reject(failure); });
    } finally {
      this.#running--;
      this.#startWrites();
    }
  }

  /** The batch goes back to where it came from. */
  #rest(batch: readonly Item[], error: MillraceError): void {
    this.#ready = [...batch, ...this.#ready];
    this.#outage = error;
    for (const item of this.#ready) this.#callers.get(item)?.outage(error);
    if (this.#resting) return;
    this.#resting = true;
    setTimeout(() => {
      this.#resting = false;
      this.#startWrites();
    }, this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS);
  }

  #end(item: Item, tell: (caller: Caller) => void): void {
    const caller = this.#callers.get(item);
    this.#callers.delete(item);
    if (caller !== undefined) tell(caller);
    if (this.#order !== null) this.#ready.push(...this.#order.done(item));
  }
}
