/**
 * A task: one sub-topology on one partition, from opening its log to closing it.
 *
 *     demand ──> fetches (one a partition) ──> [ buffers ] ─┐
 *        ^                                                  ├─> turns, one at a time ──> epochs ──> commits
 *        └──── credit (BufferMeter) <── enrich results ─────┘
 *
 * A *turn* runs one batch through synchronous nodes: a slice of what was fetched, or what an `enrich` has ready. Turns
 * are an RxJS pipeline with `concatMap`, so stateful nodes are serial; its queue holds one turn for the sources and one
 * for each `enrich` at most. Whatever fails closes the task dirty: layers, outputs and calls are dropped, and whoever
 * supervises opens another from the committed positions.
 */
import { EMPTY, Subject, concatMap, from } from 'rxjs';
import type { Subscription } from 'rxjs';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogRecord, OutgoingRecord, TaskId, TaskLog } from '../../connectors/ports/index.ts';
import { openTaskState } from '../../state/index.ts';
import type { StateStore, TaskState } from '../../state/index.ts';
import { BufferMeter } from './buffer-meter.ts';
import type { Clock } from './clock.ts';
import { Deferred } from './deferred.ts';
import type { Epoch } from './epoch.ts';
import { Epochs } from './epochs.ts';
import { Executor } from './executor.ts';
import type { Entering } from './executor.ts';
import { FatalTaskError } from './failures.ts';
import { NOT_DECODED, recordBytes } from './flow.ts';
import type { Flow, Root } from './flow.ts';
import { GuardedState } from './guarded-state.ts';
import { Intake } from './intake.ts';
import type { BufferMetrics, NodeMetrics, TaskCounters } from './metrics.ts';
import { EnrichOperator, SourceOperator, createOperator } from './operators/index.ts';
import type { CompiledStreamsOptions } from './options.ts';
import { SOURCES } from './plan.ts';
import type { SubtopologyPlan } from './plan.ts';
import { Reentry } from './reentry.ts';
import { Rejections } from './rejections.ts';
import type { Rejection } from './rejections.ts';
import { readRetried } from './retry-record.ts';
import type { RetriedRecord } from './retry-record.ts';
import type { RuntimeNode, TaskScope } from './scope.ts';
import { TaskTelemetry, runToEnd } from './telemetry/index.ts';
import type { WorkSpan } from './telemetry/index.ts';

/** Records of one turn: between two, commits, results and the credit of the task have their say. */
const SLICE_RECORDS = 256;
/** Records taken for each one that comes to an `enrich`, at most: the next ones may all come to it. */
const MAX_PASSING = 16;
type Turn = () => void | Promise<void>;

/** A record of a retry topic whose time has come. */
interface Due {
  readonly retried: RetriedRecord;
  readonly bytes: number;
}

/** What one turn runs. */
interface Batch {
  readonly epoch: Epoch;
  readonly entries: readonly number[];
  /** Puts out what enters at the sources, and gives what enters below. */
  readonly enter: () => readonly Entering[];
  /** Records taken from the log. */
  readonly taken: number;
  readonly span: WorkSpan | null;
  /** When the nodes below have all of it. */
  readonly left: () => void;
}

export interface TaskDeps {
  readonly id: TaskId;
  readonly groupId: string;
  readonly plan: SubtopologyPlan;
  readonly options: CompiledStreamsOptions;
  readonly counters: TaskCounters;
  readonly topicName: (topic: string) => string;
  /** After each turn and commit. */
  readonly onProgress: () => void;
}

export class Task implements TaskScope {
  readonly telemetry: TaskTelemetry;
  readonly #deps: TaskDeps;
  readonly #log: TaskLog;
  readonly #state: TaskState;
  readonly #meter: BufferMeter;
  readonly #epochs: Epochs;
  readonly #nodes: readonly RuntimeNode[];
  readonly #enriches: readonly EnrichOperator[];
  readonly #rejections: Rejections;
  readonly #intake: Intake;
  readonly #sourceOf: ReadonlyMap<string, SourceOperator>;
  readonly #reentry: Reentry;
  readonly #sourceIndexes: readonly number[];
  readonly #executor: Executor;
  readonly #committedStores = new Map<string, TaskState>();
  readonly #turns = new Subject<Turn>();
  readonly #queued = new Set<number>();
  readonly #ended = new Deferred();
  #epoch: Epoch | null = null;
  #streamTimeMs = -1;
  /** Records taken since the task was opened. */
  #taken = 0;
  #stopping = false;
  #closed = false;
  #running: Subscription | null = null;
  #closing: Promise<void> = Promise.resolve();

  private constructor(deps: TaskDeps, log: TaskLog, state: TaskState, telemetry: TaskTelemetry) {
    this.#deps = deps;
    this.telemetry = telemetry;
    this.#log = log;
    this.#state = state;
    const { plan, options, counters, id } = deps;
    this.#meter = new BufferMeter(options.buffer, counters, state);
    this.#epochs = new Epochs({
      options, log, state, meter: this.#meter, counters, telemetry,
      onCommitted: () => { this.#moved(); },
      onError: (error) => { this.failTask(error); },
    });
    this.#rejections = new Rejections({
      options, plan, partition: id.partition, counters: (node) => counters.node(node), emit: (record) => { this.emit(record); },
    });
    this.#nodes = plan.nodes.map((node) => createOperator(node, this, this.#meter));
    this.#enriches = this.#nodes.filter((node) => node instanceof EnrichOperator);
    this.#sourceOf = new Map([...plan.sourceOf].flatMap(([topic, index]): [string, SourceOperator][] => {
      const node = this.#nodes[index];
      return node instanceof SourceOperator ? [[topic, node]] : [];
    }));
    this.#reentry = new Reentry({ plan, sourceOf: this.#sourceOf, reject: (flow, node, error) => this.reject(flow, node, error) });
    this.#intake = new Intake({
      partition: id.partition, retryTopics: plan.retryTopics, sourceOf: this.#sourceOf, reentry: this.#reentry, log, poll: options.poll, clock: options.clock, meter: this.#meter, counters,
      onFetched: () => { this.#queueSlice(); },
      onDue: () => { this.#moved(); },
      onError: (error) => { this.failTask(error); },
    });
    this.#sourceIndexes = [...new Set(plan.sourceOf.values())];
    this.#executor = new Executor(plan, this.#nodes);
  }

  /** Opens stores over the task's key space and starts to read at the committed positions. */
  static async open(deps: TaskDeps, log: TaskLog): Promise<Task> {
    let task: Task | null = null;
    const guarded = new GuardedState(log.state, (error) => { task?.failTask(error); });
    const { id, groupId, options: { applicationId, processingGuarantee: guarantee, driver, clock }, counters } = deps;
    const telemetry = new TaskTelemetry({ applicationId, groupId, id, guarantee, messagingSystem: driver.messagingSystem ?? 'millrace' }, counters);
    const state = await openTaskState(guarded, deps.plan.stores, { nowMs: () => clock.nowMs(), observe: (store) => telemetry.store(store) });
    try {
      task = new Task(deps, log, state, telemetry);
    } catch (error) {
      // A processor that cannot be created will not be the next time either.
      throw new FatalTaskError(error);
    }
    task.#start();
    return task;
  }

  /** Resolves when the task was closed; rejects when it failed. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Nothing fetched, in flight or uncommitted. */
  get quiet(): boolean {
    return this.#epochs.idle && this.#intake.empty;
  }

  get positions(): ReadonlyMap<string, number> {
    return this.#epochs.committed;
  }

  get buffered(): BufferMetrics {
    return this.#meter.measure();
  }

  get applicationId(): string {
    return this.#deps.options.applicationId;
  }

  get taskId(): TaskId {
    return this.#deps.id;
  }

  get clock(): Clock {
    return this.#deps.options.clock;
  }

  get epoch(): Epoch {
    if (this.#epoch === null) throw new MillraceError('MILL_CLOSED', 'No epoch is being processed.');
    return this.#epoch;
  }

  topicName(topic: string): string {
    return this.#deps.topicName(topic);
  }

  counters(node: string): NodeMetrics {
    return this.#deps.counters.node(node);
  }

  store(name: string): StateStore {
    return this.#state.store(name);
  }

  /** A store as it is committed, without what the task is doing to it now. */
  async committedStore(name: string): Promise<StateStore> {
    const { plan: { stores }, options: { clock } } = this.#deps;
    const spec = stores.filter((store) => store.name === name);
    // Opened for each query of a window store, which must know how far stream time is by now.
    const opened = this.#committedStores.get(name) ?? await openTaskState(this.#log.state, spec, { nowMs: () => clock.nowMs() });
    if (spec[0]?.kind === 'keyValue') this.#committedStores.set(name, opened);
    return opened.store(name);
  }

  emit(record: OutgoingRecord): void {
    this.#epochs.emit(this.epoch, record);
  }

  maxRecordBytes(topic: string): number | undefined {
    return this.#deps.options.driver.maxRecordBytes(topic);
  }

  reject(flow: Flow, node: string, error: unknown): Rejection {
    return this.#rejections.reject(flow, node, error);
  }

  failTask(error: unknown): void {
    if (this.#closed) return;
    this.#ended.reject(error instanceof Error ? error : new Error(String(error)));
    void this.closeDirty();
  }

  wake(): void {
    if (this.#closed) return;
    this.#queueReleases();
    this.#queueSlice();
  }

  /** Drops all that is not committed. */
  async closeDirty(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#executor.stop();
      this.#running?.unsubscribe();
      this.#intake.close();
      for (const node of this.#nodes) node.close?.();
      this.#state.close();
      this.#ended.resolve();
      this.#closing = this.#closeLog();
    }
    await this.#closing;
  }

  async #closeLog(): Promise<void> {
    await this.#epochs.close();
    // What is committed is committed, and the next owner fences this one: a close that fails changes nothing.
    await this.#log.close().catch(() => undefined);
  }

  /** Reads no more, and closes when what it has taken is committed. What it has fetched and not taken is left. */
  stop(): void {
    this.#stopping = true;
    this.#intake.stop();
    this.#epochs.flush();
    for (const enrich of this.#enriches) enrich.stop();
    this.#moved();
  }

  #start(): void {
    this.#running = this.#turns.pipe(concatMap((turn) => {
      const pending = turn();
      return pending === undefined ? EMPTY : from(pending);
    })).subscribe({ error: (error: unknown) => { this.failTask(error); } });
    this.#intake.start();
  }

  /** Something changed: see what can go on now. */
  #moved(): void {
    if (this.#closed) return;
    this.#epochs.check();
    this.#queueReleases();
    this.#queueSlice();
    this.#intake.ask();
    this.#noticeDrained();
    this.#deps.onProgress();
    if (this.#stopping && this.#epochs.idle) void this.closeDirty();
  }

  #noticeDrained(): void {
    if (this.#epochs.open?.pending === 0 && !this.#intake.ready) this.#epochs.drained();
  }

  #queue(index: number, turn: Turn): void {
    if (this.#queued.has(index)) return;
    this.#queued.add(index);
    this.#turns.next(() => {
      this.#queued.delete(index);
      return this.#closed ? undefined : turn();
    });
  }

  #queueSlice(): void {
    if (this.#mayTake()) this.#queue(SOURCES, () => this.#takeSlice());
  }

  #queueReleases(): void {
    for (const enrich of this.#enriches) {
      if (this.#releasable(enrich) !== null) this.#queue(enrich.index, () => this.#release(enrich));
    }
  }

  #mayTake(): boolean {
    if (this.#stopping || this.#epochs.full || this.#meter.full || !this.#gateOpen(SOURCES)) return false;
    const ready = this.#epochs.draining === null ? this.#intake.ready : this.#intake.recordsReady;
    return ready && this.#sliceLimit() > 0;
  }

  /** As many records as fill the room of each `enrich`, going by the share of records that came to it so far, within a limit. */
  #sliceLimit(): number {
    let limit = SLICE_RECORDS;
    for (const { room, entered } of this.#enriches) {
      if (room === 0) return 0;
      limit = Math.min(limit, Math.ceil(room * Math.min(MAX_PASSING, Math.max(1, this.#taken) / Math.max(1, entered))));
    }
    return limit;
  }

  /** The older epoch has left all that could still give records to what lies behind this gate. */
  #gateOpen(index: number): boolean {
    const { draining } = this.#epochs;
    if (draining === null) return true;
    const gate = this.#deps.plan.gates.get(index) ?? [];
    return this.#enriches.every((enrich) => enrich.held(draining) === 0 || !gate.includes(enrich.index));
  }

  /** Whose records of the node may leave now. */
  #releasable(enrich: EnrichOperator): Epoch | null {
    const { draining, open } = this.#epochs;
    if (draining !== null && enrich.hasReady(draining)) return draining;
    return open !== null && enrich.hasReady(open) && this.#gateOpen(enrich.index) ? open : null;
  }

  #takeSlice(): void | Promise<void> {
    if (!this.#mayTake()) return;
    const epoch = this.#epochs.begin();
    this.#enter(epoch, SOURCES);
    const limit = this.#sliceLimit();
    const due = this.#epochs.draining === null ? this.#takeDue(epoch, limit) : [];
    const records = this.#intake.takeRecords(limit - due.length);
    this.#taken += records.length + due.length;
    const span = this.telemetry.tracing.batch(due.length === 0 ? records : [...due.map(({ retried: { record } }) => record), ...records]);
    if (span !== null) this.telemetry.tracing.remember(span, epoch.batches);
    const enter = (): Entering[] => {
      const below = due.flatMap(({ retried, bytes }, at) => this.#reentry.enter(retried, this.#rootOf(retried.record, bytes, retried.attempt, span), at) ?? []);
      this.#takeRecords(epoch, records, due.length, span);
      return below;
    };
    return this.#execute({ epoch, entries: this.#sourceIndexes, enter, taken: due.length + records.length, span, left: () => undefined });
  }

  #takeRecords(epoch: Epoch, records: readonly LogRecord[], before: number, span: WorkSpan | null): void {
    let taken = 0;
    for (let at = 0; at < records.length; at++) {
      const record = records[at] as LogRecord;
      const bytes = recordBytes(record);
      taken += bytes;
      this.#epochs.took(epoch, record, record.offset + 1, bytes);
      this.#sourceOf.get(record.topic)?.take(this.#rootOf(record, bytes, 0, span), before + at);
    }
    this.#meter.add('fetched', -records.length, -taken);
  }

  /**
   * Takes what is due of the retry topics. Such a record may enter behind an `enrich`, which is the right place for it
   * only while no older epoch has records in the task.
   */
  #takeDue(epoch: Epoch, limit: number): Due[] {
    return this.#intake.takeDue(limit).map((record) => {
      const bytes = recordBytes(record);
      this.#epochs.took(epoch, record, record.offset + 1, bytes);
      return { retried: readRetried(record), bytes };
    });
  }

  #rootOf(record: LogRecord, bytes: number, attempt: number, span: WorkSpan | null): Root {
    this.#streamTimeMs = Math.max(this.#streamTimeMs, record.timestampMs);
    const trace = span === null ? null : span.traceOf({ headers: record.headers, trace: null });
    return { record, bytes, streamTimeMs: this.#streamTimeMs, attempt, decodedKey: NOT_DECODED, decodedValue: NOT_DECODED, trace, written: null };
  }

  #release(enrich: EnrichOperator): void | Promise<void> {
    const epoch = this.#releasable(enrich);
    if (epoch === null) return;
    this.#enter(epoch, enrich.index);
    const left = enrich.release(epoch);
    return this.#execute({ epoch, entries: [enrich.index], enter: () => [], taken: 0, span: null, left });
  }

  /** Before a turn: what it writes goes into its epoch. Stores behind the gate move on with the first turn of the open one. */
  #enter(epoch: Epoch, entry: number): void {
    this.#epoch = epoch;
    const { draining, open } = this.#epochs;
    if (draining === null || open === null) return;
    for (const store of this.#deps.plan.reachableStores.get(entry) ?? []) {
      if (open.advanced.has(store)) {
        if (epoch === draining) throw new MillraceError('MILL_CLOSED', `Store ${store} left an epoch that still has records for it.`);
      } else if (epoch === open) {
        this.#state.advance(store);
        open.advanced.add(store);
      }
    }
  }

  #execute({ epoch, entries, enter, taken, span, left }: Batch): void | Promise<void> {
    epoch.pending++;
    const startedMs = performance.now();
    const done = (): void => {
      const ms = performance.now() - startedMs;
      this.telemetry.processed(ms);
      if (taken > 0) this.telemetry.took(taken, ms);
      this.telemetry.tracing.turn(null);
      if (this.#closed) return;
      epoch.pending--;
      left();
      this.#meter.measure();
      this.#moved();
    };
    this.telemetry.tracing.turn(span);
    const run = (): void | Promise<void> => this.#executor.run(entries, enter());
    const pending = span === null ? run() : runToEnd(span, run);
    if (pending !== undefined) return pending.then(done);
    done();
  }
}
