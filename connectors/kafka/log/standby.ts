/** A standby: the state of a task that another member owns, kept as warm as its changelogs allow until it is stopped. */
import type { ChangelogSpec, TaskId } from '../../ports/index.ts';
import type { StandbyHandle } from '../group/index.ts';
import { backOffMs, pause } from './pause.ts';
import { shadow } from './restorable-state.ts';
import type { StateSource } from './restorable-state.ts';

export function startStandby(source: StateSource, task: TaskId, changelogs: readonly ChangelogSpec[]): StandbyHandle {
  if (changelogs.length === 0) return { stop: async () => undefined };
  const stopped = new AbortController();
  const isStopped = (): boolean => stopped.signal.aborted;
  const run = (async () => {
    for (let failures = 0; !isStopped(); failures++) {
      try {
        await shadow(source, task, changelogs, stopped.signal);
      } catch (error) {
        if (isStopped()) return;
        process.emitWarning(`The standby of ${task.subtopology}/${task.partition} failed, and is tried again: ${error instanceof Error ? error.message : String(error)}`);
        await pause(backOffMs(failures + 1), stopped.signal);
      }
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await run;
    },
  };
}
