/** Says once what holds the tasks up and which server is down, and says it again only when it changes or comes back after a while. */
import type { StatusReport } from '../instance/index.ts';
import type { Terminal } from './terminal.ts';

const SAY_AGAIN_MS = 60_000;

export function createProblemNotes(terminal: Terminal, nowMs: () => number = Date.now): (report: Pick<StatusReport, 'problems' | 'servers'>) => void {
  const saidMs = new Map<string, number>();
  return ({ problems, servers }) => {
    const down = servers.filter(({ state }) => state === 'down').map(({ name, address, detail }) => `${name} at ${address} is down: ${detail}`);
    for (const problem of [...problems, ...down]) {
      if (nowMs() - (saidMs.get(problem) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) continue;
      saidMs.set(problem, nowMs());
      terminal.note(`waiting: ${problem}`);
    }
  };
}
