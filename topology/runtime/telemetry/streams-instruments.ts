/**
 * The instruments that are read from `Streams.metrics()` whenever somebody collects: they cost nothing until then.
 *
 * A reader keeps the last value of a series that is observed no more. So the gauges of a task that has gone elsewhere
 * are observed once more, as 0, or two instances would both report its lag.
 */
import { metrics } from '@opentelemetry/api';
import type { Attributes, BatchObservableCallback, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { LogDriver } from '../../../connectors/ports/index.ts';
import type { TaskMetrics, TaskStatus } from '../metrics.ts';
import type { StreamsState } from '../streams-state.ts';
import { lagOf } from './lag.ts';
import type { LagDeps } from './lag.ts';
import { OBSERVED } from './names.ts';
import { SCOPE } from './tracer.ts';

export interface ObservedStreams extends LagDeps {
  readonly applicationId: string;
  readonly driver: Pick<LogDriver, 'endOffsets' | 'committedPositions' | 'messagingSystem'>;
  readonly metrics: () => { readonly state: StreamsState; readonly tasks: readonly TaskMetrics[] };
}

type Field = keyof typeof OBSERVED;

interface Series {
  readonly field: Field;
  readonly attributes: Attributes;
}

const STATES: readonly StreamsState[] = ['CREATED', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING', 'ERROR'];
const STATUSES: readonly TaskStatus[] = ['OPENING', 'RESTORING', 'RUNNING', 'BACKING_OFF', 'CLOSED'];

/** Observes until the function that it returns is called, and once after. An SDK that is registered later does not see it. */
export function observeStreams(streams: ObservedStreams): () => void {
  const observer = new StreamsObserver(streams, metrics.getMeter(SCOPE));
  return () => { observer.close(); };
}

class StreamsObserver {
  readonly #streams: ObservedStreams;
  readonly #meter: Meter;
  readonly #instruments: Readonly<Record<Field, Observable>>;
  readonly #callback: BatchObservableCallback;
  /** Gauges that were observed, by task and series. */
  readonly #gauges = new Map<string, Map<string, Series>>();
  #closed = false;

  constructor(streams: ObservedStreams, meter: Meter) {
    this.#streams = streams;
    this.#meter = meter;
    this.#instruments = createInstruments(meter);
    this.#callback = (result) => this.#observe(result);
    meter.addBatchObservableCallback(this.#callback, Object.values(this.#instruments));
  }

  close(): void {
    this.#closed = true;
  }

  async #observe(result: BatchObservableResult): Promise<void> {
    // The last time: what is observed no more keeps its value, so it should be the right one.
    if (this.#closed) this.#meter.removeBatchObservableCallback(this.#callback, Object.values(this.#instruments));
    const { applicationId, driver, metrics: read } = this.#streams;
    const { state, tasks: all } = read();
    const tasks = this.#closed ? [] : all;
    const application = { 'application.id': applicationId };
    for (const each of STATES) result.observe(this.#instruments.state, each === state ? 1 : 0, { ...application, state: each });
    for (const status of STATUSES) result.observe(this.#instruments.tasks, tasks.filter((task) => task.status === status).length, { ...application, status });
    this.#forget(tasks, result);
    for (const task of tasks) {
      this.#task(task, result);
      this.#messages(task, driver.messagingSystem ?? 'millrace', result);
    }
    for (const { task, topic, records } of await lagOf(this.#streams, tasks)) this.#gauge(task, 'lag', records, { ...this.#attributesOf(task), topic }, result);
  }

  #task(task: TaskMetrics, result: BatchObservableResult): void {
    const attributes = this.#attributesOf(task);
    const { records, commits, committed, restarts, nodeProcessed, dropped, deadLetters, deadLettersDropped, retries, delayedRetries, timeouts } = this.#instruments;
    result.observe(records, task.records, attributes);
    result.observe(commits, task.commits, attributes);
    result.observe(committed, task.committedRecords, attributes);
    result.observe(restarts, task.restarts, attributes);
    this.#gauge(task, 'bufferedRecords', task.buffered.records, attributes, result);
    this.#gauge(task, 'bufferedBytes', task.buffered.bytes, attributes, result);
    this.#gauge(task, 'restoreRemaining', task.restoration?.remainingRecords ?? 0, attributes, result);
    this.#gauge(task, 'restoreRate', task.restoration?.recordsPerSecond ?? 0, attributes, result);
    for (const [node, counters] of Object.entries(task.nodes)) {
      const ofNode = { ...attributes, node };
      result.observe(nodeProcessed, counters.processed, ofNode);
      result.observe(dropped, counters.dropped, ofNode);
      result.observe(deadLetters, counters.deadLettered, ofNode);
      result.observe(deadLettersDropped, counters.deadLettersDropped, ofNode);
      result.observe(retries, counters.retries, ofNode);
      result.observe(delayedRetries, counters.delayedRetries, ofNode);
      result.observe(timeouts, counters.timeouts, ofNode);
      this.#gauge(task, 'inFlight', counters.inFlight, ofNode, result);
      this.#gauge(task, 'outage', counters.outage === null ? 0 : 1, ofNode, result);
    }
  }

  #messages({ task: { partition }, groupId, consumed, sent }: TaskMetrics, system: string, result: BatchObservableResult): void {
    const messaging = { 'messaging.system': system, 'messaging.consumer.group.name': groupId };
    for (const [topic, count] of Object.entries(consumed)) {
      const attributes = { ...messaging, 'messaging.operation.name': 'poll', 'messaging.destination.name': topic, 'messaging.destination.partition.id': String(partition) };
      result.observe(this.#instruments.consumed, count, attributes);
    }
    for (const [topic, count] of Object.entries(sent)) {
      // Which partition of the topic a record goes to is the log's affair: the label is the task's.
      result.observe(this.#instruments.sent, count, { ...messaging, 'messaging.operation.name': 'commit', 'messaging.destination.name': topic, 'millrace.partition': partition });
    }
  }

  #attributesOf({ task: { subtopology, partition } }: TaskMetrics): Attributes {
    return { 'application.id': this.#streams.applicationId, subtopology, partition };
  }

  #gauge(task: TaskMetrics, field: Field, value: number, attributes: Attributes, result: BatchObservableResult): void {
    const series = this.#gauges.get(keyOf(task)) ?? new Map<string, Series>();
    this.#gauges.set(keyOf(task), series.set(`${field} ${JSON.stringify(attributes)}`, { field, attributes }));
    result.observe(this.#instruments[field], value, attributes);
  }

  #forget(tasks: readonly TaskMetrics[], result: BatchObservableResult): void {
    const here = new Set(tasks.map(keyOf));
    for (const [task, series] of this.#gauges) {
      if (here.has(task)) continue;
      this.#gauges.delete(task);
      for (const { field, attributes } of series.values()) result.observe(this.#instruments[field], 0, attributes);
    }
  }
}

const keyOf = ({ task: { subtopology, partition } }: TaskMetrics): string => `${subtopology}/${partition}`;

function createInstruments(meter: Meter): Readonly<Record<Field, Observable>> {
  const made = Object.entries(OBSERVED).map(([field, { name, kind, unit, description }]) => {
    const options = { unit, description };
    return [field, kind === 'counter' ? meter.createObservableCounter(name, options) : meter.createObservableGauge(name, options)];
  });
  return Object.fromEntries(made) as Record<Field, Observable>;
}
