/** Short ways to write records and to read a log in tests. */
import { openEmbeddedLog } from '../../../../connectors/embedded/index.ts';
import type { EmbeddedLogOptions } from '../../../../connectors/embedded/index.ts';
import type { Assignment, GroupMember, LogDriver, LogRecord, OutgoingRecord, TaskLog } from '../../../../connectors/ports/index.ts';

export const record = (topic: string, value: string | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic, partition: 0, timestampMs: 1_000, key: null, value: value === null ? null : Buffer.from(value), headers: {}, ...more,
});

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

export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

export async function withLog(options: EmbeddedLogOptions, use: (log: LogDriver) => Promise<void>): Promise<void> {
  const log = await openEmbeddedLog(options);
  try {
    await use(log);
  } finally {
    await log.close();
  }
}

/** A member of a group with one sub-topology, and what it was told. */
export async function joinGroup(log: LogDriver, groupId: string, sources: readonly string[]): Promise<{ readonly member: GroupMember; readonly told: Assignment[] }> {
  const told: Assignment[] = [];
  const member = await log.join({ groupId, subtopologies: [{ name: 'work', sources }], onAssignment: async (assignment) => { told.push(assignment); } });
  return { member, told };
}

export const openTask = async (log: LogDriver, groupId: string, topic: string, partition = 0): Promise<TaskLog> =>
  (await joinGroup(log, groupId, [topic])).member.openTask({ subtopology: 'work', partition });
