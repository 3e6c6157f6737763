/** Whether the process lives, and whether it is ready, as an orchestrator asks. */
import { toMillraceError } from '../../connectors/ports/index.ts';
import { problemsOf } from '../../topology/index.ts';
import type { Streams } from '../../topology/index.ts';

/** What is watched: a Streams, or what looks like one. */
export type Watched = Pick<Streams, 'state' | 'error' | 'metrics'>;

export interface Answer {
  readonly status: 200 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

const problemOf = ({ error }: Watched): Readonly<Record<string, unknown>> => (error === null ? {} : { error: { code: error.code, message: error.message, hint: error.hint } });

/** What is waited for: nothing that a start anew, or another instance, would mend. */
function waitingOf(watched: Watched): Readonly<Record<string, unknown>> {
  const waiting = problemsOf(watched.metrics());
  return waiting.length === 0 ? {} : { waiting };
}

/** Liveness: to be started anew helps only after a fatal error. A rebalance, a long restore or an outage is no reason. */
export function healthOf(watched: Watched | null): Answer {
  if (watched === null) return { status: 200, body: { state: 'CREATED' } };
  return { status: watched.state === 'ERROR' ? 503 : 200, body: { state: watched.state, ...problemOf(watched), ...waitingOf(watched) } };
}

/** Readiness: all tasks that are assigned here run. One that waits for the end of an outage does, and says so. */
export function readinessOf(watched: Watched | null): Answer {
  if (watched === null) return { status: 503, body: { state: 'CREATED', ready: false, reason: 'The instance is being opened.' } };
  const { state } = watched;
  if (state === 'RUNNING') return { status: 200, body: { state, ready: true, ...waitingOf(watched) } };
  const { tasks } = watched.metrics();
  const restoring = tasks.flatMap(({ task, status, restoration }) => (status === 'RESTORING' && restoration !== null ? [{ ...task, ...restoration }] : []));
  const problems = tasks.flatMap(({ task, status, lastError }) => {
    if (status !== 'BACKING_OFF' || lastError === null) return [];
    const { code, message } = toMillraceError(lastError);
    return [{ ...task, code, message }];
  });
  return { status: 503, body: { state, ready: false, reason: reasonOf(watched, restoring.length, problems.length), restoring, problems, ...problemOf(watched) } };
}

function reasonOf({ state, error }: Watched, restoring: number, failing: number): string {
  switch (state) {
    case 'ERROR': return error?.message ?? 'A fatal error.';
    case 'REBALANCING':
      if (failing > 0) return `${failing} ${failing === 1 ? 'task has' : 'tasks have'} failed and will be opened anew.`;
      return restoring > 0 ? `${restoring} ${restoring === 1 ? 'task restores its' : 'tasks restore their'} stores.` : 'Tasks are being assigned and opened.';
    case 'CREATED': return 'Not started yet.';
    case 'RUNNING': return '';
    default: return 'The instance is being closed.';
  }
}
