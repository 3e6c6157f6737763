/** What holds the tasks of an instance up now, and passes by itself: outages that calls wait for, failures after which a task is opened anew. */
import { ERROR_CODES, toMillraceError } from '../../connectors/ports/index.ts';
import type { ErrorCode } from '../../connectors/ports/index.ts';
import type { Outage, TaskMetrics } from './metrics.ts';

export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** That have it. */
  readonly subtopologies: readonly string[];
}

/** One for each kind of problem, however many tasks have it. Of an outage one call tells: the others differ in what they asked for. */
export function problemsOf({ tasks }: { readonly tasks: readonly TaskMetrics[] }): Problem[] {
  const found = new Map<string, Omit<Problem, 'subtopologies'> & { readonly names: Set<string> }>();
  for (const task of tasks) {
    for (const { code, message, hint } of ofTask(task)) {
      const kind = ERROR_CODES[code].kind === 'outage' ? code : `${code} ${message}`;
      const problem = found.get(kind) ?? { code, message, hint, names: new Set<string>() };
      problem.names.add(task.task.subtopology);
      found.set(kind, problem);
    }
  }
  return [...found.values()].map(({ names, ...problem }) => ({ ...problem, subtopologies: [...names] }));
}

function ofTask({ status, lastError, nodes }: TaskMetrics): readonly Omit<Outage, 'sinceMs'>[] {
  const outages = Object.values(nodes).flatMap(({ outage }) => (outage === null ? [] : [outage]));
  const failed = status === 'BACKING_OFF' || status === 'OPENING';
  return failed && lastError !== null ? [...outages, toMillraceError(lastError)] : outages;
}
