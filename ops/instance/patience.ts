/** Waits for servers that are down when an instance starts, as an operator expects who starts everything at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError, type ErrorCode } from '../../connectors/ports/index.ts';

export interface PatienceOptions {
  /** Ends the wait at once, whatever the server does. */
  readonly signal?: AbortSignal;
  readonly notice?: (line: string) => void;
  /** @default 1000 */
  readonly retryMs?: number;
}

const SAY_AGAIN_MS = 60_000;

const AWAITED: ReadonlySet<ErrorCode> = new Set(['MILL_KAFKA_UNAVAILABLE', 'MILL_REGISTRY_UNAVAILABLE', 'MILL_INDEX_UNAVAILABLE', 'MILL_BLOBS_UNAVAILABLE']);

/** Tries until it succeeds, or fails for a reason that does not pass by itself. What was opened when nobody waits any more is closed. */
export async function patiently<T>(open: () => Promise<T>, { signal, notice, retryMs = 1000 }: PatienceOptions, discard: (opened: T) => void = () => undefined): Promise<T> {
  let saidMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal?.throwIfAborted();
    const opening = open();
    try {
      return await unlessAborted(opening, signal);
    } catch (error) {
      if (signal?.aborted === true) opening.then(discard, () => undefined);
      if (!(error instanceof MillraceError) || !AWAITED.has(error.code)) throw error;
      if (Date.now() - saidMs >= SAY_AGAIN_MS) {
        notice?.(`waiting: ${error.message} [${error.code}]`);
        saidMs = Date.now();
      }
    }
    await sleep(retryMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => { reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))); };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
