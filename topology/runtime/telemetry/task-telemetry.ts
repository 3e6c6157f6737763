/**
 * What a task tells about its work as it goes: durations into its counters, which `Streams.metrics()` shows, and into
 * histograms, which are empty functions where no SDK is registered. Once a batch, call or commit; everything that can
 * be counted is read from the counters when somebody asks (streams-instruments.ts).
 */
import { metrics } from '@opentelemetry/api';
import type { Attributes, Histogram } from '@opentelemetry/api';
import type { OutgoingRecord } from '../../../connectors/ports/index.ts';
import { StoreCounters } from '../metrics.ts';
import type { TaskCounters } from '../metrics.ts';
import { HISTOGRAMS } from './names.ts';
import { TaskTracing } from './task-tracing.ts';
import type { TaskIdentity } from './task-tracing.ts';
import { SCOPE } from './tracer.ts';

/** Seconds: from what a batch in memory takes to what a model does. */
const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const MS_PER_S = 1000;

export class TaskTelemetry {
  readonly tracing: TaskTracing;
  readonly #counters: TaskCounters;
  readonly #task: Attributes;
  readonly #messaging: Attributes;
  readonly #histograms: Record<keyof typeof HISTOGRAMS, Histogram>;
  readonly #byNode = new Map<string, Attributes>();

  constructor(identity: TaskIdentity, counters: TaskCounters) {
    const { applicationId, id, messagingSystem, groupId } = identity;
    this.tracing = new TaskTracing(identity);
    this.#counters = counters;
    this.#task = { 'application.id': applicationId, subtopology: id.subtopology, partition: id.partition };
    this.#messaging = { 'messaging.system': messagingSystem, 'messaging.consumer.group.name': groupId, 'messaging.destination.partition.id': String(id.partition) };
    const meter = metrics.getMeter(SCOPE);
    const histograms = Object.entries(HISTOGRAMS).map(([field, { name, description }]) =>
      [field, meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: BUCKETS_S } })]);
    this.#histograms = Object.fromEntries(histograms) as Record<keyof typeof HISTOGRAMS, Histogram>;
  }

  /** A turn of the task: records that it took, or results of an `enrich`. */
  processed(ms: number): void {
    this.#counters.process.record(ms);
    this.#histograms.processLatency.record(ms / MS_PER_S, this.#task);
  }

  /** A turn that took records. */
  took(records: number, ms: number): void {
    this.#counters.records += records;
    this.#histograms.messagingProcess.record(ms / MS_PER_S, this.#messaging);
  }

  committed({ records, outputs }: { readonly records: number; readonly outputs: readonly OutgoingRecord[] }, ms: number): void {
    const { commit, sent } = this.#counters;
    commit.record(ms);
    this.#counters.committedRecords += records;
    this.#histograms.commitLatency.record(ms / MS_PER_S, this.#task);
    this.#histograms.messagingOperation.record(ms / MS_PER_S, this.#messaging);
    // Neighbours mostly go to the same topic.
    for (let from = 0, to = 0; from < outputs.length; from = to) {
      const { topic } = outputs[from] as OutgoingRecord;
      while (to < outputs.length && outputs[to]?.topic === topic) to++;
      sent.set(topic, (sent.get(topic) ?? 0) + to - from);
    }
  }

  /** A call of `enrich`, retries and their waits included. */
  called(node: string, ms: number): void {
    let attributes = this.#byNode.get(node);
    if (attributes === undefined) {
      attributes = { ...this.#task, node };
      this.#byNode.set(node, attributes);
    }
    this.#histograms.callLatency.record(ms / MS_PER_S, attributes);
  }

  /** For a store, how long its reads and writes take. */
  store(name: string): { readonly read: (ms: number) => void; readonly wrote: (ms: number) => void } {
    const counters = this.#counters.stores.get(name) ?? new StoreCounters();
    this.#counters.stores.set(name, counters);
    const attributes = { ...this.#task, store: name };
    return {
      read: (ms) => {
        counters.get.record(ms);
        this.#histograms.storeGet.record(ms / MS_PER_S, attributes);
      },
      wrote: (ms) => {
        counters.put.record(ms);
        this.#histograms.storePut.record(ms / MS_PER_S, attributes);
      },
    };
  }
}
