/** What a stack knows of each of its servers. */
import type { ServerProcess } from './server-process.ts';

export interface StackServer {
  /** Named as its folder. */
  readonly process: ServerProcess;
  /** As clients take it. */
  readonly address: string;
  /** SIGKILL comes when it has not ended after SIGTERM for so long. */
  readonly stopWithinMs: number;
  /** Whether it answers now; soon, also when it hangs. */
  answers(): Promise<boolean>;
  /** Writes its folder and its configuration. */
  prepare(): Promise<void>;
  /** Until it serves. @throws MillraceError MILL_STACK_FAILED when it ends, or the time is over */
  whenServing(): Promise<void>;
}

/** A server that hangs takes connections, and never answers. */
export const ANSWER_WITHIN_MS = 2000;

/** @returns the status of the answer, or 0 where there is none */
export const statusOf = (url: string): Promise<number> => fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(async (response) => {
  await response.arrayBuffer();
  return response.status;
}, () => 0);
