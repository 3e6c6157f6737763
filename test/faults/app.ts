/**
 * The instance under test: a program of its own, which the harness kills. Its settings come in an environment variable;
 * it prints what happens to it, a line of JSON each. SIGTERM closes it in order. It ends with the harness, whose end of
 * its standard input then closes.
 */
import process from 'node:process';
import { openKafkaLog } from '../../connectors/kafka/index.ts';
import { toMillraceError } from '../../connectors/ports/index.ts';
import { Streams } from '../../topology/index.ts';
import { SETTINGS_VARIABLE, TASKS_EVERY_MS } from './app-settings.ts';
import type { AppReport, AppSettings, TaskReport } from './app-settings.ts';
import { faultTopology } from './topology.ts';

type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;

const report = (what: WithoutTime<AppReport>): void => { process.stdout.write(`${JSON.stringify({ atMs: Date.now(), ...what })}\n`); };

function reportFailure(error: unknown): void {
  const { code, message, cause, stack = '' } = toMillraceError(error);
  report({ kind: 'failed', code, message, stack: cause instanceof Error ? cause.stack ?? stack : stack });
}

function tasksOf(streams: Streams): TaskReport[] {
  return streams.metrics().tasks.map(({ task: { partition }, groupId, status, commits, restarts, lastError }) => ({
    groupId, partition, status, commits, restarts,
    lastError: lastError === null ? null : { code: toMillraceError(lastError).code, message: lastError.message },
  }));
}

const settings = JSON.parse(process.env[SETTINGS_VARIABLE] ?? '') as AppSettings;
process.stdin.resume().once('close', () => process.exit(1));

const log = await openKafkaLog({
  brokers: [...settings.brokers],
  driver: settings.driver,
  stateDirectory: settings.stateDirectory,
  numStandbyReplicas: settings.numStandbyReplicas,
  sessionTimeoutMs: settings.sessionTimeoutMs,
  heartbeatIntervalMs: Math.floor(settings.sessionTimeoutMs / 6),
  rebalanceTimeoutMs: 4 * settings.sessionTimeoutMs,
  transactionTimeoutMs: 10_000,
  ...(settings.autoOffsetReset === undefined ? {} : { autoOffsetReset: settings.autoOffsetReset }),
});
const streams = new Streams(faultTopology(settings.topology), {
  applicationId: settings.applicationId,
  driver: log,
  processingGuarantee: settings.guarantee,
  commitIntervalMs: settings.commitIntervalMs,
  buffer: { highBytes: settings.bufferBytes },
  maxReopenBackoffMs: 1000,
});
streams.onStateChange((state) => {
  report({ kind: 'state', state });
  if (state === 'ERROR') reportFailure(streams.error);
});
const restored = (phase: 'start' | 'batch' | 'end' | 'suspended') =>
  ({ store, changelog: { partition }, offset, startOffset, endOffset }: { readonly store: string; readonly changelog: { readonly partition: number }; readonly offset: number; readonly startOffset: number; readonly endOffset: number }): void => {
    report({ kind: 'restore', phase, store, partition, offset, startOffset, endOffset });
  };
streams.onRestore({ onRestoreStart: restored('start'), onBatchRestored: restored('batch'), onRestoreEnd: restored('end'), onRestoreSuspended: restored('suspended') });

let last = '';
const watch = setInterval(() => {
  const tasks = tasksOf(streams);
  const now = JSON.stringify(tasks);
  if (now !== last) report({ kind: 'tasks', tasks });
  last = now;
}, TASKS_EVERY_MS);

process.once('SIGTERM', () => {
  streams.close({ timeoutMs: 20_000 })
    .then(() => log.close())
    .then(() => { clearInterval(watch); process.exit(0); }, (error: unknown) => { reportFailure(error); process.exit(1); });
});

await streams.start().catch((error: unknown) => { if (streams.error === null) reportFailure(error); });
