/** Logs on the shared broker, one for each client library, with names that no other test has. */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { openKafkaClient } from '../../../../connectors/kafka/client/index.ts';
import type { KafkaClient } from '../../../../connectors/kafka/client/index.ts';
import { compileKafkaLogOptions } from '../../../../connectors/kafka/options.ts';
import { openKafkaLog } from '../../../../connectors/kafka/index.ts';
import type { KafkaLogOptions } from '../../../../connectors/kafka/index.ts';
import type { Assignment, GroupMember, GroupOptions, LogDriver, LogRecord, OutgoingRecord, SubtopologySpec, TaskLog, TopicPartition } from '../../../../connectors/ports/index.ts';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { sharedKafka } from '../../../support/kafka-stack.ts';
import { POLL, never, readAll, values } from '../../log-support.ts';

export const CLIENTS = ['kafkajs', 'platformatic'] as const;
export type ClientName = (typeof CLIENTS)[number];

export interface Kit {
  readonly stateDirectory: string;
  /** Of a topic, group or store, that only this test has. */
  name(name: string): string;
  /** Another instance; closed with the test. */
  open(options?: Partial<KafkaLogOptions>): Promise<LogDriver>;
  /** The client beneath, for what no log does. */
  client(): Promise<KafkaClient>;
}

export const withKafka = (driver: ClientName, use: (kit: Kit) => Promise<void>): Promise<void> => withTemporaryFolder(async (stateDirectory) => {
  const { bootstrap } = await sharedKafka();
  const suffix = randomUUID().slice(0, 8);
  const logs: LogDriver[] = [];
  const clients: KafkaClient[] = [];
  const options: KafkaLogOptions = { brokers: bootstrap.split(','), driver, stateDirectory, lockTimeoutMs: 10_000, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 500, rebalanceTimeoutMs: 10_000 };
  try {
    await use({
      stateDirectory,
      name: (name) => `${name}-${suffix}`,
      open: async (more = {}) => {
        const log = await openKafkaLog({ ...options, ...more });
        logs.push(log);
        return log;
      },
      client: async () => {
        const client = await openKafkaClient(compileKafkaLogOptions(options));
        clients.push(client);
        return client;
      },
    });
  } finally {
    await Promise.all([...logs, ...clients].map((opened) => opened.close()));
  }
});

export const record = (topic: string, value: string | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic, partition: 0, timestampMs: Date.now(), key: null, value: value === null ? null : Buffer.from(value), headers: {}, ...more,
});

export { POLL, never, readAll, values };

export async function errorOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string } | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error as Error & { readonly code?: string };
  }
}

export const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => (await errorOf(promise))?.code;

export interface JoinedGroup {
  readonly member: GroupMember;
  readonly told: Assignment[];
  openTask(partition?: number): Promise<TaskLog>;
}

/** A member of a group with one sub-topology. */
export async function joinGroup(log: LogDriver, groupId: string, subtopology: Omit<SubtopologySpec, 'name'>, options: Partial<GroupOptions> = {}): Promise<JoinedGroup> {
  const told: Assignment[] = [];
  const member = await log.join({ groupId, subtopologies: [{ name: 'work', ...subtopology }], onAssignment: async (assignment) => { told.push(assignment); }, ...options });
  return { member, told, openTask: (partition = 0) => member.openTask({ subtopology: 'work', partition }) };
}

/** Polls until there are so many records. */
export async function pollValues(task: TaskLog, source: TopicPartition, offset: number, count: number): Promise<(string | undefined)[]> {
  const records: LogRecord[] = [];
  while (records.length < count) records.push(...(await task.poll(source, (records.at(-1)?.offset ?? offset - 1) + 1, { ...POLL, signal: never })));
  return values(records);
}

/** The warnings of the process while `use` runs. */
export async function warningsDuring(use: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const note = (warning: Error): void => { warnings.push(warning.message); };
  process.on('warning', note);
  try {
    await use();
    await setImmediate();
  } finally {
    process.off('warning', note);
  }
  return warnings;
}
