/** Short ways to write records and to read a log in tests. */
import { openEmbeddedLog } from '../../../../connectors/embedded/index.ts';
import type { EmbeddedLogOptions } from '../../../../connectors/embedded/index.ts';
import type { Assignment, GroupMember, LogDriver, OutgoingRecord, TaskLog } from '../../../../connectors/ports/index.ts';

export const record = (topic: string, value: string | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic, partition: 0, timestampMs: 1_000, key: null, value: value === null ? null : Buffer.from(value), headers: {}, ...more,
});

export { POLL, never, readAll, values } from '../../log-support.ts';

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
