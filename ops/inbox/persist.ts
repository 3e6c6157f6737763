/** Outages are waited for: with back-off, without end, told once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { toMillraceError } from '../../connectors/ports/index.ts';

export interface PersistOptions {
  readonly signal: AbortSignal;
  readonly notice: (line: string) => void;
}

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Rejects with what no waiting helps against, and with the signal's reason. */
export async function persist(what: string, work: () => Promise<void>, { signal, notice }: PersistOptions): Promise<void> {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_MS)) {
    signal.throwIfAborted();
    try {
      await work();
      return;
    } catch (cause) {
      signal.throwIfAborted();
      const error = toMillraceError(cause);
      if (!error.transient) throw error;
      if (waitMs === FIRST_MS) notice(`${what} waits: ${error.message} [${error.code}]`);
    }
    // Many that wait for one server do not come back together.
    await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal });
  }
}
