/** Says once what holds the tasks up, and says it again only when it changes or comes back after a while. */
import type { StatusReport } from '../instance/index.ts';
import type { Terminal } from './terminal.ts';

const SAY_AGAIN_MS = 60_000;

export function createProblemNotes(terminal: Terminal, nowMs: () => number = Date.now): (report: Pick<StatusReport, 'problems'>) => void {
  const saidMs = new Map<string, number>();
  return ({ problems }) => {
    for (const problem of problems) {
      if (nowMs() - (saidMs.get(problem) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) continue;
      saidMs.set(problem, nowMs());
      terminal.note(`waiting: ${problem}`);
    }
  };
}
