/**
 * Runs a topology with no broker and a clock that the test moves, as Kafka Streams' TopologyTestDriver. It is the real
 * runtime over a log in memory; every epoch is committed as soon as it has nothing left to do.
 *
 * ```ts
 * const driver = new TopologyTestDriver(topology);
 * driver.input('words', 'a', 'hello');
 * await driver.drain();
 * driver.output('word-counts'); // [{ key: 'a', value: 1, … }]
 * await driver.close();
 * ```
 */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogRecord, RecordHeaders, Serde } from '../../connectors/ports/index.ts';
import type { NodeSpec, SinkSpec, SourceSpec, Topology } from '../graph/index.ts';
import type { ReadOnlyKeyValueStore } from '../runtime/queries.ts';
import { Streams } from '../runtime/streams.ts';
import type { StreamsMetrics } from '../runtime/streams.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryLogDriver } from './memory-log-driver.ts';

export interface TopologyTestDriverOptions {
  /** @default 'test' */
  readonly applicationId?: string;
  /** Where the clock starts. @default 0 */
  readonly startMs?: number;
  /** Of every topic. @default 1 */
  readonly partitions?: number;
  /** @default `<application.id>-dead-letters` */
  readonly deadLetterTopic?: string;
}

export interface TestRecord<K, V> {
  readonly key: K;
  readonly value: V;
  readonly timestampMs: number;
  readonly headers: RecordHeaders;
}

export interface TestDeadLetter {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** The `__streams.errors.*` headers as text, without their prefix. */
  readonly errors: Readonly<Record<string, string>>;
}

interface SerdePair {
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

const ERRORS = '__streams.errors.';
/** A task that fails this often will not recover. */
const MAX_RESTARTS = 20;

export class TopologyTestDriver {
  readonly #topology: Topology;
  readonly #applicationId: string;
  readonly #deadLetterTopic: string;
  readonly #clock: ManualClock;
  readonly #log = new MemoryLogDriver();
  readonly #streams: Streams;
  readonly #ready: Promise<void>;
  readonly #readTo = new Map<string, number[]>();
  #started: Promise<void> | null = null;

  constructor(topology: Topology, { applicationId = 'test', startMs = 0, partitions = 1, deadLetterTopic }: TopologyTestDriverOptions = {}) {
    this.#topology = topology;
    this.#applicationId = applicationId;
    this.#deadLetterTopic = deadLetterTopic ?? `${applicationId}-dead-letters`;
    this.#clock = new ManualClock(startMs);
    this.#streams = new Streams(topology, { applicationId, driver: this.#log, deadLetterTopic: this.#deadLetterTopic, lingerMs: 0, clock: this.#clock });
    const internal = new Set(topology.repartitions.map(({ topic }) => topic));
    const topics = new Set(topology.subtopologies.flatMap(({ sourceTopics, sinkTopics }) => [...sourceTopics, ...sinkTopics, this.#deadLetterTopic]));
    this.#ready = this.#log.ensureTopics([...topics].filter((topic) => !internal.has(topic)).map((topic) => ({ topic, partitions })));
  }

  /** Writes a record; `drain` has it processed. A `null` value is a tombstone. @default timestampMs the clock */
  input(topic: string, key: unknown, value: unknown, timestampMs = this.#clock.nowMs(), headers: RecordHeaders = {}): void {
    const { key: keySerde, value: valueSerde } = this.#sourceOf(topic);
    this.inputBytes(topic, key === null ? null : keySerde.serialize(key), value === null ? null : valueSerde.serialize(value), timestampMs, headers);
  }

  /** As `input`, past the serdes. */
  inputBytes(topic: string, key: Buffer | null, value: Buffer | null, timestampMs = this.#clock.nowMs(), headers: RecordHeaders = {}): void {
    this.#log.append({ topic: this.#topology.topicName(topic, this.#applicationId), key, value, timestampMs, headers });
  }

  /** Resolves when everything is processed and committed, calls of `enrich` included. @throws what stopped the topology */
  async drain(): Promise<void> {
    await this.#start();
    const failing = new AbortController();
    const watch = this.#watchRestarts(failing);
    try {
      await this.#streams.whenIdle({ signal: failing.signal });
    } finally {
      failing.abort();
      await watch;
    }
  }

  /** The records that the topology wrote to the topic since the last call, decoded by the serdes of the sink. */
  output<K, V>(topic: string): TestRecord<K, V>[] {
    const { key: keySerde, value: valueSerde } = this.#sinkOf(topic);
    return this.#unread(this.#topology.topicName(topic, this.#applicationId)).map(({ key, value, timestampMs, headers }) => ({
      key: (key === null ? null : keySerde.deserialize(key)) as K,
      value: (value === null ? null : valueSerde.deserialize(value)) as V,
      timestampMs,
      headers,
    }));
  }

  /** The dead letters since the last call. */
  deadLetters(): TestDeadLetter[] {
    return this.#unread(this.#deadLetterTopic).map(({ key, value, headers }) => ({
      key,
      value,
      headers,
      errors: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(ERRORS)).map(([name, text]) => [name.slice(ERRORS.length), text.toString('utf8')])),
    }));
  }

  /** Moves the clock: times to live, and time-outs of calls in flight. */
  async advanceWallClock(ms: number): Promise<void> {
    this.#clock.advance(ms);
    await setImmediate();
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  /** A key-value store of a partition's task, as it is committed. */
  store<K, V>(name: string, partition = 0): ReadOnlyKeyValueStore<K, V> {
    return this.#streams.store(name, { partition });
  }

  metrics(): StreamsMetrics {
    return this.#streams.metrics();
  }

  async close(): Promise<void> {
    await this.#streams.close();
  }

  #start(): Promise<void> {
    this.#started ??= this.#ready.then(() => this.#streams.start());
    return this.#started;
  }

  /** A task that fails again and again would keep `drain` waiting for ever. */
  async #watchRestarts(failing: AbortController): Promise<void> {
    while (!failing.signal.aborted) {
      const lost = this.#streams.metrics().tasks.find(({ restarts }) => restarts > MAX_RESTARTS);
      if (lost !== undefined) failing.abort(lost.lastError);
      await setTimeout(10, undefined, { signal: failing.signal }).catch(() => undefined);
    }
  }

  #unread(topic: string): LogRecord[] {
    const from = this.#readTo.get(topic) ?? [];
    const partitions = this.#log.partitionsFrom(topic, from);
    this.#readTo.set(topic, partitions.map((records, partition) => (from[partition] ?? 0) + records.length));
    return partitions.flat();
  }

  #sourceOf(topic: string): SerdePair {
    return this.#serdes((spec): spec is SourceSpec => spec.kind === 'source' && spec.topics.includes(topic), `The topology reads no topic ${topic}.`);
  }

  #sinkOf(topic: string): SerdePair {
    return this.#serdes((spec): spec is SinkSpec => spec.kind === 'sink' && spec.topic === topic, `The topology writes no topic ${topic}.`);
  }

  #serdes(matches: (spec: NodeSpec) => spec is SourceSpec | SinkSpec, otherwise: string): SerdePair {
    for (const { spec } of this.#topology.nodes) if (matches(spec)) return spec;
    throw new MillraceError('MILL_CONFIG_INVALID', otherwise);
  }
}
