/**
 * The status report. Each figure comes from a server that may be down, slow or gone: it is asked for together with the
 * others, waited for as long as its server answers at all, and `null` where it cannot be had. So a report takes a few
 * seconds at most, and says nothing that nobody knows.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerStatus, StatusReport } from './instance.ts';
import type { ServerName } from './servers.ts';

/** Long, for a busy machine: a server that is down is not waited for. */
const FIGURE_TIMEOUT_MS = 10_000;

export interface Figures {
  readonly counts: () => Promise<Awaited<Pick<StatusReport, 'assets' | 'moments'>>>;
  readonly stages: () => Promise<StatusReport['stages']>;
  readonly deadLetters: () => Promise<number>;
}

export async function reportOf(
  known: Omit<StatusReport, 'servers' | 'assets' | 'moments' | 'stages' | 'deadLetters'>,
  /** What each server says, by its name. */
  asked: ReadonlyMap<ServerName, Promise<ServerStatus>>,
  figures: Figures,
): Promise<StatusReport> {
  /** Where the server is down nobody waits for the figure. */
  const figure = async <T>(ask: () => Promise<T>, server: ServerName): Promise<T | null> => {
    const enough = new AbortController();
    const none = async (): Promise<null> => null;
    const down = asked.get(server)?.then(async ({ state }) => (state === 'down' ? none() : new Promise<null>(() => undefined)));
    const late = sleep(FIGURE_TIMEOUT_MS, undefined, { signal: enough.signal }).then(none, none);
    try {
      return await Promise.race([ask().catch(none), late, ...(down === undefined ? [] : [down])]);
    } finally {
      enough.abort();
    }
  };
  const [counts, stages, deadLetters, servers] = await Promise.all([
    figure(figures.counts, 'Elasticsearch'), figure(figures.stages, 'Kafka'), figure(figures.deadLetters, 'Kafka'), Promise.all(asked.values()),
  ]);
  return { ...known, servers, assets: counts?.assets ?? null, moments: counts?.moments ?? null, stages, deadLetters };
}
