/**
 * Group commit for the index. A write costs much the same for one operation as for hundreds, and callers come one
 * operation at a time: so what is asked for while writes run goes into the next one, all together. Nothing waits for a
 * timer: the first write starts at once, and another beside it when it is worth its while. Whoever calls is resolved
 * when its operation is durable. What waits is bounded by the callers, who wait too.
 *
 * Where the index takes one write at a time, operations go in the order of the calls. Where it takes more, they go in
 * the order that counts (asset-order.ts).
 *
 * An outage is waited for here, for the order's sake: were each caller to try for itself, a moment could come after the
 * removal of its asset. The callers are told, so that status can tell. Meanwhile one write at a time asks whether it is
 * over. What a closed task asked for is dropped: its next owner writes it, and this must not come after that.
 */
import { MillraceError, toMillraceError } from '../../../connectors/ports/index.ts';
import type { IndexOperation, SearchIndex } from '../../../connectors/ports/index.ts';
import { AssetOrder } from './asset-order.ts';

const MAX_BACKOFF_MS = 5_000;

/** Of the caller: EnrichContext has both. */
export interface WriteContext {
  /** Aborts when the task closes. */
  readonly signal: AbortSignal;
  readonly outage: (error: MillraceError) => void;
}

interface Waiting extends WriteContext {
  readonly operation: IndexOperation;
  readonly resolve: () => void;
  readonly reject: (error: MillraceError) => void;
}

export interface BatchingWriterOptions {
  /** Most operations in one write. */
  readonly batchSize: number;
  /** Before the second try; doubles from then on. */
  readonly backoffMs: number;
}

export type WritableIndex = Pick<SearchIndex, 'write' | 'maxConcurrentWrites'>;

export class BatchingWriter {
  readonly #index: WritableIndex;
  readonly #options: BatchingWriterOptions;
  /** `null`: the order of the calls. */
  readonly #order: AssetOrder<Waiting> | null;
  /** What may be written now. */
  #ready: Waiting[] = [];
  #running = 0;
  #scheduled = false;
  /** What the last write met, until one succeeds. */
  #outage: MillraceError | null = null;
  #backoffMs: number;
  /** Between two tries. */
  #resting = false;

  constructor(index: WritableIndex, options: BatchingWriterOptions) {
    this.#index = index;
    this.#options = options;
    this.#order = index.maxConcurrentWrites > 1 ? new AssetOrder() : null;
    this.#backoffMs = options.backoffMs;
  }

  /** @throws MillraceError MILL_INDEX_REJECTED, or what the index threw for the whole batch */
  write(operation: IndexOperation, { signal, outage }: WriteContext): Promise<void> {
    return new Promise((resolve, reject) => {
      const item: Waiting = { operation, signal, outage, resolve, reject };
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
    return this.#outage === null && this.#running < this.#index.maxConcurrentWrites && this.#ready.length * 2 >= this.#options.batchSize;
  }

  #take(): Waiting[] {
    const taken = this.#ready.splice(0, this.#options.batchSize);
    return taken.filter((item) => {
      if (!item.signal.aborted) return true;
      item.reject(new MillraceError('MILL_CLOSED', 'The task of this write was closed.'));
      this.#done(item);
      return false;
    });
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    this.#running++;
    try {
      const rejected = new Map((await this.#index.write(batch.map(({ operation }) => operation))).map(({ operation, reason }) => [operation, reason]));
      this.#outage = null;
      this.#backoffMs = this.#options.backoffMs;
      for (const item of batch) this.#settle(item, rejected.get(item.operation));
    } catch (error) {
      const failure = toMillraceError(error);
      if (failure.transient) this.#rest(batch, failure);
      else for (const item of batch) this.#fail(item, failure);
    } finally {
      this.#running--;
      this.#startWrites();
    }
  }

  /** The batch goes back to where it came from: all of it counts as not written. */
  #rest(batch: readonly Waiting[], error: MillraceError): void {
    this.#ready = [...batch, ...this.#ready];
    this.#outage = error;
    for (const { outage } of this.#ready) outage(error);
    if (this.#resting) return;
    this.#resting = true;
    setTimeout(() => {
      this.#resting = false;
      this.#startWrites();
    }, this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS);
  }

  #settle(item: Waiting, reason: string | undefined): void {
    if (reason === undefined) item.resolve();
    else item.reject(new MillraceError('MILL_INDEX_REJECTED', `${subjectOf(item.operation)}: ${reason}`));
    this.#done(item);
  }

  #fail(item: Waiting, error: MillraceError): void {
    item.reject(error);
    this.#done(item);
  }

  #done(item: Waiting): void {
    if (this.#order !== null) this.#ready.push(...this.#order.done(item));
  }
}

function subjectOf(operation: IndexOperation): string {
  switch (operation.type) {
    case 'moment': return `${operation.document.modality} ${operation.document.id} of asset ${operation.document.assetId}`;
    case 'asset': return `document of asset ${operation.document.assetId}`;
    case 'delete': return `removal of asset ${operation.assetId}`;
  }
}
