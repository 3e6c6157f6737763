/**
 * What a task reads: one buffer for each source topic of its partition, filled by a fetch when it is empty and there is
 * credit. Records leave in the order of their time; those of retry topics when they fall due, and before the others.
 */
import { Subject } from 'rxjs';
import type { Subscription } from 'rxjs';
import type { LogRecord, TaskLog, TopicPartition } from '../../connectors/ports/index.ts';
import type { BufferMeter } from './buffer-meter.ts';
import type { Clock } from './clock.ts';
import { recordBytes } from './flow.ts';
import type { TaskCounters } from './metrics.ts';
import type { SourceOperator } from './operators/index.ts';
import type { CompiledStreamsOptions } from './options.ts';
import type { Reentry } from './reentry.ts';
import { dueOf } from './retry-record.ts';
import { SourceBuffer, takeByTime } from './source-buffers.ts';
import { readSource } from './source-reader.ts';

/** What a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Of a retry topic, which may wait long for their time: they are held beside the credit of the task. */
const RETRY_FETCH_RECORDS = 50;

interface Source extends TopicPartition {
  /** `null` for a retry topic: its records enter where they left. */
  readonly node: SourceOperator | null;
  readonly buffer: SourceBuffer;
  readonly demand: Subject<void>;
  polling: boolean;
}

export interface IntakeDeps {
  readonly partition: number;
  readonly retryTopics: readonly string[];
  readonly sourceOf: ReadonlyMap<string, SourceOperator>;
  readonly reentry: Reentry;
  readonly log: TaskLog;
  readonly poll: CompiledStreamsOptions['poll'];
  readonly clock: Clock;
  readonly meter: BufferMeter;
  readonly counters: TaskCounters;
  /** There may be something to take. */
  readonly onFetched: () => void;
  /** A record of a retry topic fell due. */
  readonly onDue: () => void;
  readonly onError: (error: unknown) => void;
}

export class Intake {
  readonly #deps: IntakeDeps;
  /** In the order in which records are taken: retry topics come first. */
  readonly #sources: readonly Source[];
  readonly #polls = new AbortController();
  readonly #subscriptions: Subscription[] = [];
  #closed = false;
  #cancelDue: () => void = () => undefined;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
    const { partition, retryTopics, sourceOf } = deps;
    this.#sources = [...retryTopics.map((topic): [string, null] => [topic, null]), ...sourceOf].map(([topic, node]): Source =>
      ({ topic, partition, node, buffer: new SourceBuffer(), demand: new Subject(), polling: false }));
  }

  /** Reads from the committed positions on. */
  start(): void {
    const { log, reentry, poll: { maxRecords, maxBytes }, onError } = this.#deps;
    for (const source of this.#sources) {
      const offset = log.committed.get(`${source.topic}/${source.partition}`) ?? 0;
      const poll = { maxRecords: source.node === null ? Math.min(maxRecords, RETRY_FETCH_RECORDS) : maxRecords, maxBytes, signal: this.#polls.signal };
      this.#subscriptions.push(readSource({
        log, source, offset, demand: source.demand, poll, prepare: (records) => (source.node ?? reentry).prepare(records),
      }).subscribe({
        next: (records) => { this.#fetched(source, records); },
        error: onError,
      }));
    }
    this.ask();
  }

  /** Fetches no more, and forgets what was fetched and not taken. */
  stop(): void {
    this.#polls.abort();
    for (const { buffer } of this.#sources) buffer.fill([]);
  }

  close(): void {
    this.#closed = true;
    this.#polls.abort();
    this.#cancelDue();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  /** Nothing fetched that was not taken. */
  get empty(): boolean {
    return this.#sources.every(({ buffer }) => buffer.empty);
  }

  /** Whether there is a record that may be taken. */
  get ready(): boolean {
    return this.#sources.some((source) => this.#ready(source));
  }

  /** The same, of the sources proper. */
  get recordsReady(): boolean {
    return this.#sources.some((source) => source.node !== null && this.#ready(source));
  }

  /** Asks for fetches where there is credit. */
  ask(): void {
    if (this.#polls.signal.aborted || !this.#deps.meter.mayPoll) return;
    for (const source of this.#sources) {
      if (source.polling || !source.buffer.empty) continue;
      source.polling = true;
      source.demand.next();
    }
  }

  takeRecords(limit: number): readonly LogRecord[] {
    return takeByTime(this.#sources.flatMap(({ node, buffer }) => (node === null ? [] : [buffer])), limit);
  }

  /** Takes what is due of the retry topics. */
  takeDue(limit: number): readonly LogRecord[] {
    const due: LogRecord[] = [];
    for (const source of this.#sources) {
      if (source.node !== null) continue;
      while (due.length < limit && this.#ready(source)) due.push(source.buffer.take() as LogRecord);
    }
    if (due.length > 0) this.#awaitDue();
    return due;
  }

  #fetched(source: Source, records: readonly LogRecord[]): void {
    source.polling = false;
    if (this.#polls.signal.aborted) return;
    const { meter, counters: { consumed }, onFetched } = this.#deps;
    consumed.set(source.topic, (consumed.get(source.topic) ?? 0) + records.length);
    source.buffer.fill(records);
    if (source.node === null) {
      this.#awaitDue();
      onFetched();
      return;
    }
    let bytes = 0;
    for (const record of records) bytes += recordBytes(record);
    meter.add('fetched', records.length, bytes);
    meter.measure();
    // Other partitions of the task often answer in the same moment: together they can be taken in the order of time.
    if (this.#sources.length === 1) onFetched();
    else setImmediate(() => { if (!this.#closed) onFetched(); });
  }

  /** Has a record that may be taken: one of a retry topic waits for its time, and all behind it do. */
  #ready({ node, buffer: { head } }: Source): boolean {
    return head !== undefined && (node !== null || dueOf(head) <= this.#deps.clock.nowMs());
  }

  /** Wakes the task when the first of the records that wait for their time falls due. */
  #awaitDue(): void {
    const { clock, onDue } = this.#deps;
    this.#cancelDue();
    const dues = this.#sources.flatMap(({ node, buffer: { head } }) => (node === null && head !== undefined ? [dueOf(head)] : []));
    const waits = dues.map((dueMs) => dueMs - clock.nowMs()).filter((delayMs) => delayMs > 0);
    if (waits.length === 0) return;
    this.#cancelDue = clock.setTimer(Math.min(...waits, MAX_TIMER_MS), () => {
      this.#awaitDue();
      onDue();
    });
  }
}
