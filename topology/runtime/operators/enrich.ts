/**
 * `enrich`: many records in flight, results released in order.
 *
 *     run() ──> waiting ──(a slot of `concurrency`)──> calling ──> done ──(its turn)──> ready ──(gate, the task's turn)──> out
 *
 * A record's turn comes when all records of its *lane* that came before it are done: one lane for the whole node
 * (`partition`), one a key (`key`), or one a record (`none`). What is ready leaves when the task takes it, and not
 * before the older epoch has passed the node's gate (plan.ts). The task takes records from its sources only while
 * there is `room` here, so few wait for a slot.
 */
import type { EnrichSpec, TopologyNode } from '../../graph/index.ts';
import { Attempt } from '../attempt.ts';
import type { Outcome } from '../attempt.ts';
import type { BufferMeter } from '../buffer-meter.ts';
import type { Epoch } from '../epoch.ts';
import { isSurroundings } from '../failures.ts';
import { Flow } from '../flow.ts';
import { keyIdentity } from '../key-identity.ts';
import { Outages } from '../outages.ts';
import type { TaskScope } from '../scope.ts';
import type { WorkSpan } from '../telemetry/index.ts';
import { Operator } from './operator.ts';

interface Entry {
  readonly flow: Flow;
  readonly epoch: Epoch;
  readonly lane: string | null;
  startedMs: number;
  span: WorkSpan | null;
  attempt: Attempt | null;
  outcome: Outcome | null;
}

const WHOLE_NODE = '';

export class EnrichOperator extends Operator {
  readonly index: number;
  /** Records that came in since the task was opened. */
  entered = 0;
  readonly #spec: EnrichSpec;
  readonly #outages: Outages;
  readonly #meter: BufferMeter;
  readonly #waiting: Entry[] = [];
  readonly #calling = new Set<Entry>();
  readonly #lanes = new Map<string, Entry[]>();
  readonly #ready = new Map<Epoch, Entry[]>();
  /** Records of each epoch that are anywhere in this node. */
  readonly #held = new Map<Epoch, number>();
  #stopping = false;

  constructor(node: TopologyNode, spec: EnrichSpec, scope: TaskScope, { index, meter }: { readonly index: number; readonly meter: BufferMeter }) {
    super(node, scope);
    this.#spec = spec;
    this.#outages = new Outages(this.counters, scope.clock);
    this.index = index;
    this.#meter = meter;
  }

  override run(batch: readonly Flow[]): void {
    this.entered += batch.length;
    this.counters.processed += batch.length;
    this.counters.inFlight += batch.length;
    const { epoch } = this.scope;
    epoch.pending += batch.length;
    this.#held.set(epoch, this.held(epoch) + batch.length);
    for (const flow of batch) {
      this.#meter.add('inFlight', 1, flow.root.bytes);
      const entry: Entry = { flow, epoch, lane: this.#laneOf(flow), startedMs: 0, span: null, attempt: null, outcome: null };
      this.#waiting.push(entry);
      if (entry.lane === null) continue;
      const lane = this.#lanes.get(entry.lane);
      if (lane === undefined) this.#lanes.set(entry.lane, [entry]);
      else lane.push(entry);
    }
    this.#startCalls();
  }

  /**
   * How many records it should be given now: none while many wait for a slot, then enough to have one waiting for each
   * slot. More would gain nothing, and hold up the commit of their epoch.
   */
  get room(): number {
    const { concurrency } = this.#spec;
    return this.#waiting.length * 2 > concurrency ? 0 : 2 * concurrency - this.#waiting.length - this.#calling.size;
  }

  /** Records of the epoch that have not left. */
  held(epoch: Epoch): number {
    return this.#held.get(epoch) ?? 0;
  }

  hasReady(epoch: Epoch): boolean {
    return this.#ready.has(epoch);
  }

  /**
   * Puts out what is ready of the epoch, in order. What it returns must be called when the nodes below have taken it:
   * only then has the epoch left.
   */
  release(epoch: Epoch): () => void {
    const leaving = this.#ready.get(epoch) ?? [];
    this.#ready.delete(epoch);
    leaving.forEach((entry, ordinal) => { this.#putOut(entry, ordinal); });
    return () => {
      this.counters.inFlight -= leaving.length;
      for (const { flow } of leaving) this.#meter.add('inFlight', -1, -flow.root.bytes);
      epoch.pending -= leaving.length;
      const left = this.held(epoch) - leaving.length;
      if (left === 0) this.#held.delete(epoch);
      else this.#held.set(epoch, left);
    };
  }

  /** The task takes no more records, and closes when these have left: none of them waits for an outage any more. */
  stop(): void {
    this.#stopping = true;
    for (const { attempt } of this.#calling) attempt?.stop();
  }

  /** Aborts the calls; none of them is heard any more. */
  close(): void {
    for (const { attempt } of this.#calling) attempt?.abort();
    for (const count of this.#held.values()) this.counters.inFlight -= count;
    this.#held.clear();
    this.#waiting.length = 0;
  }

  #startCalls(): void {
    const { name, counters, scope: { telemetry, clock } } = this;
    const deps = { name, spec: this.#spec, clock, counters, outages: this.#outages };
    while (this.#calling.size < this.#spec.concurrency) {
      const entry = this.#waiting.shift();
      if (entry === undefined) return;
      this.#calling.add(entry);
      entry.startedMs = performance.now();
      entry.span = telemetry.tracing.call(name, entry.flow);
      entry.attempt = new Attempt(deps, entry.flow, entry.span, (outcome) => { this.#settled(entry, outcome); });
      if (this.#stopping) entry.attempt.stop();
    }
  }

  #settled(entry: Entry, outcome: Outcome): void {
    this.#calling.delete(entry);
    this.scope.telemetry.called(this.name, performance.now() - entry.startedMs);
    if (outcome.type === 'value') entry.span?.end();
    else entry.span?.fail(outcome.error);
    if (outcome.type === 'fault') {
      this.scope.failTask(outcome.error);
      return;
    }
    entry.outcome = outcome;
    entry.attempt = null;
    this.#startCalls();
    this.#advanceLane(entry);
    this.scope.wake();
  }

  /** Moves the records whose turn has come to `ready`. */
  #advanceLane(entry: Entry): void {
    const lane = entry.lane === null ? undefined : this.#lanes.get(entry.lane);
    if (lane === undefined || entry.lane === null) {
      this.#makeReady(entry);
      return;
    }
    for (let first = lane[0]; first !== undefined && first.outcome !== null; first = lane[0]) {
      lane.shift();
      this.#makeReady(first);
    }
    if (lane.length === 0) this.#lanes.delete(entry.lane);
  }

  #makeReady(entry: Entry): void {
    const ready = this.#ready.get(entry.epoch);
    if (ready === undefined) this.#ready.set(entry.epoch, [entry]);
    else ready.push(entry);
  }

  #laneOf(flow: Flow): string | null {
    if (this.#spec.ordering === 'partition') return WHOLE_NODE;
    return this.#spec.ordering === 'key' ? keyIdentity(flow.key) : null;
  }

  #putOut({ flow, outcome, span }: Entry, ordinal: number): void {
    const { key, value, timestampMs, headers, root, marks } = flow;
    const trace = span === null ? flow.trace : span.traceOf(flow);
    const emit = (result: unknown): void => { this.out.push(new Flow(key, result, timestampMs, headers, ordinal, root, marks, trace)); };
    if (outcome?.type === 'value') {
      emit(outcome.value);
    } else if (outcome?.type === 'error') {
      const rejection = this.scope.reject(flow, this.name, outcome.error);
      if (this.#spec.recover === null || rejection === 'retry') return;
      try {
        emit(this.#spec.recover(outcome.error, value, key));
      } catch (error) {
        // What became of the record stands for this failure too.
        if (isSurroundings(error)) throw error;
      }
    }
  }
}
