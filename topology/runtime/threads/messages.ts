/** What the main thread and a stream thread say to each other. All of it survives structured cloning. */
import { ERROR_CODES, MillraceError, toMillraceError } from '../../../connectors/ports/index.ts';
import type { ErrorCode } from '../../../connectors/ports/index.ts';
import type { StreamsMetrics } from '../streams.ts';
import type { StreamsState } from '../streams-state.ts';

export interface ThreadStart {
  readonly moduleUrl: string;
  readonly threadName: string;
  readonly data: unknown;
}

export type Request =
  | { readonly type: 'start' }
  | { readonly type: 'close'; readonly timeoutMs: number }
  | { readonly type: 'metrics' };

export type ToThread = Request & { readonly id: number };

/** An Error loses its class and its code on the way; this does not. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly stack: string | undefined;
}

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'state'; readonly state: StreamsState; readonly error: PlainError | null }
  | { readonly type: 'reply'; readonly id: number; readonly metrics?: StreamsMetrics; readonly error?: PlainError };

export function toPlainError(error: unknown): PlainError {
  const { code, message, hint, stack } = toMillraceError(error);
  return { code, message, hint, stack };
}

const isErrorCode = (code: string): code is ErrorCode => code in ERROR_CODES;

export function fromPlainError({ code, message, hint, stack }: PlainError): MillraceError {
  const error = new MillraceError(isErrorCode(code) ? code : 'MILL_PROCESSOR_FAILED', message, { hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}
