/** Short ways to read a log in tests, whichever it is. */
import type { LogDriver, LogRecord } from '../../connectors/ports/index.ts';

export const values = (records: readonly LogRecord[]): (string | undefined)[] => records.map(({ value }) => value?.toString());

export const POLL = { maxRecords: 1_000, maxBytes: 1 << 20 } as const;
/** A signal that nobody aborts. */
export const never = new AbortController().signal;

export async function readAll(log: LogDriver, topic: string, partition = 0): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (;;) {
    const next = await log.read({ topic, partition }, (records.at(-1)?.offset ?? -1) + 1, 500);
    if (next.length === 0) return records;
    records.push(...next);
  }
}
