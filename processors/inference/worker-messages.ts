/** What the host and an inference worker say to each other. Structured clone carries it: plain data and typed arrays. */
import { MillraceError, type ErrorCode } from '../../connectors/ports/index.ts';
import type { ModelCard } from './model-card.ts';
import type { TaskName } from './tasks.ts';

export type WorkerCommand =
  | { readonly type: 'load'; readonly task: TaskName; readonly card: ModelCard; readonly directory: string; readonly module: string }
  | { readonly type: 'run'; readonly task: TaskName; readonly inputs: readonly unknown[] };

export type WorkerRequest = WorkerCommand & { readonly id: number };

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly stack: string | undefined;
}

export type ItemResult = { readonly output: unknown } | { readonly error: WireError };

export type WorkerReply =
  | { readonly type: 'loaded'; readonly id: number }
  | { readonly type: 'ran'; readonly id: number; readonly results: readonly ItemResult[]; readonly computeMs: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: WireError };

/** Said unasked: something that a person should know, such as a device that is not there. */
export interface WorkerNotice {
  readonly type: 'notice';
  readonly text: string;
}

export type WorkerMessage = WorkerReply | WorkerNotice | { readonly type: 'ready' };

export function toWire(error: unknown): WireError {
  const code = error instanceof MillraceError ? error.code : 'MILL_MODEL_FAILED';
  if (!(error instanceof Error)) return { code, message: String(error), stack: undefined };
  return { code, message: error.message, stack: error.stack };
}

export function fromWire({ code, message, stack }: WireError): MillraceError {
  const error = new MillraceError(code, message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
