/**
 * Group commit for the index. Its transaction costs the same for one operation as for hundreds, and callers come one
 * operation at a time: so what is asked for while a write runs goes into the next write, all together. A write that
 * runs is never joined, writes follow one another in the order of the calls, and nothing waits for a timer. Whoever
 * calls is resolved when its operation is durable. What waits is bounded by the callers, who wait too.
 *
 * A transient failure is tried again here, with the same batch, until it passes: were each caller to try for itself, a
 * moment could come after the removal of its asset.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError, toMillraceError } from '../../../connectors/ports/index.ts';
import type { IndexOperation, SearchIndex } from '../../../connectors/ports/index.ts';

const MAX_BACKOFF_MS = 10_000;

interface Waiting {
  readonly operation: IndexOperation;
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (error: MillraceError) => void;
}

export interface BatchingWriterOptions {
  /** Most operations in one write. */
  readonly batchSize: number;
  /** Before the second try; doubles from then on. */
  readonly backoffMs: number;
}

export class BatchingWriter {
  readonly #index: Pick<SearchIndex, 'write'>;
  readonly #options: BatchingWriterOptions;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(index: Pick<SearchIndex, 'write'>, options: BatchingWriterOptions) {
    this.#index = index;
    this.#options = options;
  }

  /** @throws MillraceError MILL_INDEX_REJECTED, or what the index threw for the whole batch. */
  write(operation: IndexOperation, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ operation, signal, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    // Callers of this turn of the event loop go into the first batch together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeBatch(this.#take());
    this.#running = false;
  }

  /** Without those whose task was closed: its next owner writes them, and this must not come after that. */
  #take(): Waiting[] {
    const taken = this.#waiting.splice(0, this.#options.batchSize);
    for (const { signal, reject } of taken) if (signal.aborted) reject(new MillraceError('MILL_CLOSED', 'The task of this write was closed.'));
    return taken.filter(({ signal }) => !signal.aborted);
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const rejected = new Map((await this.#writeUntilDone(batch)).map(({ operation, reason }) => [operation, reason]));
      for (const { operation, resolve, reject } of batch) {
        const reason = rejected.get(operation);
        if (reason === undefined) resolve();
        else reject(new MillraceError('MILL_INDEX_REJECTED', `${subjectOf(operation)}: ${reason}`));
      }
    } catch (error) {
      for (const { reject } of batch) reject(toMillraceError(error));
    }
  }

  async #writeUntilDone(batch: readonly Waiting[]): ReturnType<SearchIndex['write']> {
    for (let backoffMs = this.#options.backoffMs; ; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      try {
        return await this.#index.write(batch.map(({ operation }) => operation));
      } catch (error) {
        if (!toMillraceError(error).transient || batch.every(({ signal }) => signal.aborted)) throw error;
        await sleep(backoffMs);
      }
    }
  }
}

function subjectOf(operation: IndexOperation): string {
  switch (operation.type) {
    case 'moment': return `${operation.document.modality} ${operation.document.id} of asset ${operation.document.assetId}`;
    case 'asset': return `document of asset ${operation.document.assetId}`;
    case 'delete': return `removal of asset ${operation.assetId}`;
  }
}
