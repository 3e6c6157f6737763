/**
 * What a task does with a record that cannot go on at a node: asks the handler, withdraws its marks, and writes a retry
 * or a dead letter into the running epoch.
 *
 * Without retry topics there is one dead letter a record and node, though it failed there in many parts. With them each
 * part that can enter again at its node is on its own: it is retried, and dead-lettered, by itself.
 */
import { toMillraceError } from '../../connectors/ports/index.ts';
import type { LogDriver, OutgoingRecord } from '../../connectors/ports/index.ts';
import { deadLetterOf } from './dead-letter.ts';
import type { Failure } from './error-headers.ts';
import { respondTo } from './error-handlers.ts';
import type { ErrorHandler } from './error-handlers.ts';
import { FatalTaskError, isSurroundings } from './failures.ts';
import type { Flow } from './flow.ts';
import type { NodeMetrics } from './metrics.ts';
import type { CompiledStreamsOptions } from './options.ts';
import type { SubtopologyPlan } from './plan.ts';
import { delayedRetryOf, entryOf } from './retry-record.ts';

/** `retry`: the record comes again. `final`: it does not, unless somebody sends it. */
export type Rejection = 'retry' | 'final';

export interface RejectionsDeps {
  readonly options: CompiledStreamsOptions;
  readonly plan: SubtopologyPlan;
  readonly partition: number;
  readonly counters: (node: string) => NodeMetrics;
  readonly emit: (record: OutgoingRecord) => void;
}

export class Rejections {
  readonly #deps: RejectionsDeps;
  readonly #driver: LogDriver;
  readonly #handlers: ReadonlyMap<string, ErrorHandler>;
  readonly #sources: ReadonlySet<string>;

  constructor(deps: RejectionsDeps) {
    this.#deps = deps;
    const { driver, onDeserializationError, onProcessingError, onProductionError } = deps.options;
    this.#driver = driver;
    this.#sources = new Set(deps.plan.nodes.flatMap(({ node: { name, spec } }) => (spec.kind === 'source' ? [name] : [])));
    this.#handlers = new Map(deps.plan.nodes.map(({ node: { name, spec: { kind } } }) =>
      [name, kind === 'source' ? onDeserializationError : kind === 'sink' ? onProductionError : onProcessingError]));
  }

  /** @throws the error itself when it is not the record's, and FatalTaskError where the handler says so */
  reject(flow: Flow, node: string, error: unknown): Rejection {
    if (isSurroundings(error)) throw error;
    const { options, counters } = this.#deps;
    const { root } = flow;
    const { topic, partition, offset, headers } = root.record;
    const handler = this.#handlers.get(node) ?? options.onProcessingError;
    const response = respondTo(handler, toMillraceError(error), { topic, partition, offset, node, headers, attempt: root.attempt });
    if (response === 'fail') throw new FatalTaskError(error);
    for (let mark = flow.marks; mark !== null; mark = mark.next) mark.withdrawal.withdraw();
    if (response === 'skip') {
      counters(node).dropped++;
      return 'final';
    }
    // A record that fails at its source is raw as it is, and enters there again.
    const entry = this.#deps.plan.retryTopics.length === 0 || this.#sources.has(node) ? undefined : entryOf(flow, node);
    const failure = { record: root.record, node, error, nowMs: options.clock.nowMs() };
    if (response === 'retry' && this.#retry(flow, failure, entry)) return 'retry';
    this.#deadLetter(flow, failure, entry);
    return 'final';
  }

  #retry({ root }: Flow, failure: Failure, entry: Record<string, Buffer> | undefined): boolean {
    const { plan, options, partition, counters, emit } = this.#deps;
    const topic = plan.retryTopics[root.attempt];
    const delayMs = options.retryTopics.delaysMs[root.attempt];
    if (topic === undefined || delayMs === undefined) return false;
    const place = { topic, partition, maxBytes: this.#driver.maxRecordBytes(topic), attempt: root.attempt + 1, dueMs: failure.nowMs + delayMs };
    const whole = delayedRetryOf(failure, { ...place, entry });
    const record = whole ?? delayedRetryOf(failure, { ...place, entry: undefined });
    if (record === null) return false;
    counters(failure.node).delayedRetries++;
    // From the source it comes again as a whole, whatever part of it failed.
    if ((whole === null || entry === undefined) && !once(root, 'source')) return true;
    emit(record);
    return true;
  }

  #deadLetter({ root }: Flow, failure: Failure, entry: Record<string, Buffer> | undefined): void {
    const { plan, options: { deadLetterTopic }, counters, emit } = this.#deps;
    const { node } = failure;
    counters(node).deadLettered++;
    if (root.record.topic === deadLetterTopic) {
      counters(node).deadLettersDropped++;
      return;
    }
    if (entry === undefined && !once(root, `dead letter of ${node}`)) return;
    emit(deadLetterOf(failure, { topic: deadLetterTopic, maxBytes: this.#driver.maxRecordBytes(deadLetterTopic), retryTopic: plan.retryTopics[0], entry }));
  }
}

function once(root: Flow['root'], what: string): boolean {
  root.written ??= new Set();
  if (root.written.has(what)) return false;
  root.written.add(what);
  return true;
}
