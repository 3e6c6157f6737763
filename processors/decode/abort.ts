/** An aborted signal as one of our errors: a time-out may be tried again, a shutdown is the caller's own doing. */
import { MillraceError } from '../../connectors/ports/index.ts';

export function abortError(signal: AbortSignal): MillraceError {
  const reason: unknown = signal.reason;
  if (reason instanceof MillraceError) return reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  return new MillraceError(timedOut ? 'MILL_TIMEOUT' : 'MILL_CLOSED', timedOut ? 'The step ran over its time limit' : 'The step was cancelled', { cause: reason });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
