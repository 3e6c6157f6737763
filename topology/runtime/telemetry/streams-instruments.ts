/**
 * The instruments that are read from `Streams.metrics()` whenever somebody collects: they cost nothing until then.
 *
 * The lag is asked of the log, which may be slow or away: a collection waits a bounded time for it, and then does
 * without.
 */
import { metrics } from '@opentelemetry/api';
import type { Attributes, BatchObservableCallback, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicPartitionKey } from '../../../connectors/ports/index.ts';
import type { LogDriver, Positions } from '../../../connectors/ports/index.ts';
import type { TaskMetrics, TaskStatus } from '../metrics.ts';
import type { StreamsState } from '../streams-state.ts';
import { OBSERVED } from './names.ts';
import { SCOPE } from './tracer.ts';

export interface ObservedStreams {
  readonly applicationId: string;
  readonly driver: Pick<LogDriver, 'endOffsets' | 'committedPositions' | 'messagingSystem'>;
  readonly groups: readonly { readonly groupId: string; readonly sourceTopics: readonly string[] }[];
  readonly metrics: () => { readonly state: StreamsState; readonly tasks: readonly TaskMetrics[] };
}

type Instruments = Record<keyof typeof OBSERVED, Observable>;

const STATES: readonly StreamsState[] = ['CREATED', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING', 'ERROR'];
const STATUSES: readonly TaskStatus[] = ['OPENING', 'RESTORING', 'RUNNING', 'BACKING_OFF', 'CLOSED'];
const LAG_TIMEOUT_MS = 2000;

/** Observes until the function that it returns is called. An SDK that is registered later does not see it. */
export function observeStreams(streams: ObservedStreams): () => void {
  const meter = metrics.getMeter(SCOPE);
  const instruments = create(meter);
  const callback: BatchObservableCallback = async (result) => { await observe(streams, instruments, result); };
  const all = Object.values(instruments);
  meter.addBatchObservableCallback(callback, all);
  return () => { meter.removeBatchObservableCallback(callback, all); };
}

function create(meter: Meter): Instruments {
  const made = Object.entries(OBSERVED).map(([field, { name, kind, unit, description }]) => {
    const options = { unit, description };
    const instrument = kind === 'counter' ? meter.createObservableCounter(name, options)
      : kind === 'gauge' ? meter.createObservableGauge(name, options) : meter.createObservableUpDownCounter(name, options);
    return [field, instrument];
  });
  return Object.fromEntries(made) as Instruments;
}

async function observe({ applicationId, driver, groups, metrics: read }: ObservedStreams, instruments: Instruments, result: BatchObservableResult): Promise<void> {
  const { state, tasks } = read();
  const application = { 'application.id': applicationId };
  for (const each of STATES) result.observe(instruments.state, each === state ? 1 : 0, { ...application, state: each });
  for (const status of STATUSES) result.observe(instruments.tasks, tasks.filter((task) => task.status === status).length, { ...application, status });
  const system = driver.messagingSystem ?? 'millrace';
  for (const task of tasks) observeTask(task, { application, system }, instruments, result);
  for (const { partition, subtopology, topic, lag } of await lagOf(driver, groups, tasks)) result.observe(instruments.lag, lag, { ...application, subtopology, partition, topic });
}

function observeTask(task: TaskMetrics, { application, system }: { readonly application: Attributes; readonly system: string }, instruments: Instruments, result: BatchObservableResult): void {
  const { subtopology, partition } = task.task;
  const attributes = { ...application, subtopology, partition };
  result.observe(instruments.records, task.records, attributes);
  result.observe(instruments.commits, task.commits, attributes);
  result.observe(instruments.committed, task.committedRecords, attributes);
  result.observe(instruments.restarts, task.restarts, attributes);
  result.observe(instruments.bufferedRecords, task.buffered.records, attributes);
  result.observe(instruments.bufferedBytes, task.buffered.bytes, attributes);
  result.observe(instruments.restoreRemaining, task.restoration?.remainingRecords ?? 0, attributes);
  result.observe(instruments.restoreRate, task.restoration?.recordsPerSecond ?? 0, attributes);
  for (const [node, counters] of Object.entries(task.nodes)) {
    const ofNode = { ...attributes, node };
    result.observe(instruments.nodeProcessed, counters.processed, ofNode);
    result.observe(instruments.dropped, counters.dropped, ofNode);
    result.observe(instruments.deadLetters, counters.deadLettered, ofNode);
    result.observe(instruments.deadLettersDropped, counters.deadLettersDropped, ofNode);
    result.observe(instruments.retries, counters.retries, ofNode);
    result.observe(instruments.delayedRetries, counters.delayedRetries, ofNode);
    result.observe(instruments.timeouts, counters.timeouts, ofNode);
    result.observe(instruments.inFlight, counters.inFlight, ofNode);
  }
  const messaging = { 'messaging.system': system, 'messaging.consumer.group.name': task.groupId };
  for (const [topic, count] of Object.entries(task.consumed)) {
    result.observe(instruments.consumed, count, { ...messaging, 'messaging.operation.name': 'poll', 'messaging.destination.name': topic, 'messaging.destination.partition.id': String(partition) });
  }
  for (const [topic, count] of Object.entries(task.sent)) {
    // Which partition of the topic a record goes to is the log's affair: the label is of the task.
    result.observe(instruments.sent, count, { ...messaging, 'messaging.operation.name': 'commit', 'messaging.destination.name': topic, 'millrace.partition': partition });
  }
}

interface Lag {
  readonly subtopology: string;
  readonly partition: number;
  readonly topic: string;
  readonly lag: number;
}

async function lagOf(driver: ObservedStreams['driver'], groups: ObservedStreams['groups'], tasks: readonly TaskMetrics[]): Promise<readonly Lag[]> {
  const here = groups.filter(({ groupId }) => tasks.some((task) => task.groupId === groupId));
  if (here.length === 0) return [];
  const patience = new AbortController();
  const asked = Promise.all(here.map(async ({ groupId, sourceTopics }) => {
    const [positions, ...ends] = await Promise.all([driver.committedPositions(groupId), ...sourceTopics.map((topic) => driver.endOffsets(topic))]);
    return tasks.filter((task) => task.groupId === groupId).flatMap((task) => sourceTopics.flatMap((topic, index) => lagIn(task, topic, positions, ends[index] ?? [])));
  }));
  const late = sleep(LAG_TIMEOUT_MS, [], { signal: patience.signal });
  try {
    return (await Promise.race([asked, late])).flat();
  } catch {
    // The log is away, or closed: what the counters say is worth having all the same.
    return [];
  } finally {
    patience.abort();
    late.catch(() => undefined);
    asked.catch(() => undefined);
  }
}

/** None where nothing was committed yet: retention may have taken any number of records before. */
function lagIn({ task: { subtopology, partition } }: TaskMetrics, topic: string, positions: Positions, ends: readonly number[]): Lag[] {
  const end = ends[partition];
  const position = positions.get(topicPartitionKey({ topic, partition }));
  return end === undefined || position === undefined ? [] : [{ subtopology, partition, topic, lag: Math.max(0, end - position) }];
}
