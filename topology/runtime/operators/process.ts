import { MillraceError } from '../../../connectors/ports/index.ts';
import type { RecordHeaders, TaskId } from '../../../connectors/ports/index.ts';
import type { ForwardedRecord, ProcessSpec, Processor, ProcessorContext, TopologyNode } from '../../graph/index.ts';
import { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { runToEnd, traceOfForwarded } from '../telemetry/index.ts';
import type { WorkSpan } from '../telemetry/index.ts';
import { Operator } from './operator.ts';

/**
 * A user's processor: one record after another. What a record forwarded before it failed does not go on; what it
 * wrote to stores stays, as in Kafka Streams.
 */
export class ProcessOperator extends Operator implements ProcessorContext<unknown, unknown> {
  readonly #stores: readonly string[];
  readonly #processor: Processor<unknown, unknown, unknown, unknown>;
  #current: Flow | null = null;
  /** Of the batch, where spans are made. */
  #span: WorkSpan | null = null;
  /** Of what the current record forwards. */
  #trace: RecordHeaders | null = null;
  #streamTimeMs = -1;
  #closed = false;

  constructor(node: TopologyNode, spec: ProcessSpec, scope: TaskScope) {
    super(node, scope);
    this.#stores = node.stores;
    this.#processor = spec.supplier();
    this.#processor.init?.(this);
  }

  get applicationId(): string {
    return this.scope.applicationId;
  }

  get taskId(): TaskId {
    return this.scope.taskId;
  }

  get streamTimeMs(): number {
    return this.#streamTimeMs;
  }

  currentSystemTimeMs(): number {
    return this.scope.clock.nowMs();
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the store's type
  store<S>(name: string): S {
    if (!this.#stores.includes(name)) {
      throw new MillraceError('MILL_TOPOLOGY_INVALID', `${this.name} is not attached to store ${name}: add it to process(…, { stores }).`);
    }
    return this.scope.store(name) as S;
  }

  forward({ key, value, timestampMs, headers }: ForwardedRecord<unknown, unknown>): void {
    const current = this.#current;
    if (current === null) throw new MillraceError('MILL_PROCESSOR_FAILED', `${this.name} called forward() when no record was being processed.`);
    const trace = headers === undefined ? this.#trace : traceOfForwarded(headers, current.headers, this.#trace);
    this.out.push(new Flow(key, value, timestampMs ?? current.timestampMs, headers ?? current.headers, current.ordinal, current.root, current.marks, trace));
  }

  override run(batch: readonly Flow[]): void | Promise<void> {
    this.counters.processed += batch.length;
    const span = this.scope.telemetry.tracing.stage(this.name, batch);
    this.#span = span;
    return span === null ? this.#all(batch) : runToEnd(span, () => this.#all(batch));
  }

  #all(batch: readonly Flow[]): void | Promise<void> {
    for (let index = 0; index < batch.length; index++) {
      const pending = this.#one(batch[index] as Flow);
      if (pending !== undefined) return this.#rest(pending, batch, index + 1);
    }
  }

  /** A processor that cannot be closed keeps nothing else from closing. */
  close(): void {
    this.#closed = true;
    new Promise((resolve) => { resolve(this.#processor.close?.()); }).catch((error: unknown) => {
      process.emitWarning(`close() of processor ${this.name} failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  async #rest(pending: Promise<void>, batch: readonly Flow[], from: number): Promise<void> {
    await pending;
    for (let index = from; index < batch.length && !this.#closed; index++) {
      const next = this.#one(batch[index] as Flow);
      if (next !== undefined) await next;
    }
  }

  #one(flow: Flow): void | Promise<void> {
    const before = this.out.length;
    this.#current = flow;
    this.#trace = this.#span === null ? flow.trace : this.#span.traceOf(flow);
    this.#streamTimeMs = flow.root.streamTimeMs;
    try {
      const result = this.#processor.process(flow, this);
      if (result !== undefined) {
        return result.then(() => { this.#current = null; }, (error: unknown) => { this.#failed(flow, before, error); });
      }
      this.#current = null;
    } catch (error) {
      this.#failed(flow, before, error);
    }
  }

  #failed(flow: Flow, before: number, error: unknown): void {
    this.#current = null;
    this.out.length = before;
    this.#span?.note(error);
    this.scope.reject(flow, this.name, error);
  }
}
