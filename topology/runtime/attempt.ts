/**
 * One call of an `enrich` function until it succeeds or has failed for good: time-out, retry with back-off, abort. An
 * outage is waited for without end, unless the task is asked to stop: whoever closes does not wait for it.
 */
import { MillraceError, toMillraceError } from '../../connectors/ports/index.ts';
import type { EnrichSpec } from '../graph/index.ts';
import type { Clock } from './clock.ts';
import { isSurroundings } from './failures.ts';
import type { Flow } from './flow.ts';
import type { NodeMetrics } from './metrics.ts';
import type { Outages } from './outages.ts';
import type { WorkSpan } from './telemetry/index.ts';

export type Outcome =
  | { readonly type: 'value'; readonly value: unknown }
  /** Final, and the record's own. */
  | { readonly type: 'error'; readonly error: MillraceError }
  /** The task cannot go on. */
  | { readonly type: 'fault'; readonly error: MillraceError };

const MAX_BACKOFF_MS = 30_000;
/** An outage ends for all at once, and the work should go on soon after. */
const MAX_OUTAGE_BACKOFF_MS = 5_000;

export interface AttemptDeps {
  readonly name: string;
  readonly spec: EnrichSpec;
  readonly clock: Clock;
  readonly counters: NodeMetrics;
  readonly outages: Outages;
}

export class Attempt {
  readonly #deps: AttemptDeps;
  readonly #flow: Flow;
  readonly #settled: (outcome: Outcome) => void;
  readonly #span: WorkSpan | null;
  #controller: AbortController | null = null;
  #cancelTimer: () => void = () => undefined;
  /** Tries that count; those that met an outage do not. */
  #tries = 0;
  /** Tries in all, which the back-off grows by. */
  #waits = 0;
  #stopping = false;
  #closed = false;
  /** The outage that it waits for. */
  #outage: MillraceError | null = null;

  constructor(deps: AttemptDeps, flow: Flow, span: WorkSpan | null, settled: (outcome: Outcome) => void) {
    this.#deps = deps;
    this.#flow = flow;
    this.#span = span;
    this.#settled = settled;
    this.#try();
  }

  /** The task closes: the signal aborts, and nothing is settled any more. */
  abort(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#deps.outages.over(this);
    const closed = new MillraceError('MILL_CLOSED', `${this.#deps.name}: the task closes.`);
    this.#controller?.abort(closed);
    this.#span?.fail(closed);
  }

  /** The task takes no more records: a call that runs may end, and an outage is a fault. */
  stop(): void {
    this.#stopping = true;
    if (this.#outage === null || this.#closed) return;
    const error = this.#outage;
    this.#cancelTimer();
    this.#controller?.abort(error);
    this.#settle({ type: 'fault', error });
  }

  #try(): void {
    const { name, spec, clock } = this.#deps;
    const controller = new AbortController();
    this.#controller = controller;
    this.#tries++;
    const { key, value, headers, timestampMs } = this.#flow;
    let answered = false;
    const once = (act: () => void): void => {
      if (answered || this.#closed) return;
      answered = true;
      this.#cancelTimer();
      this.#cancelTimer = () => undefined;
      act();
    };
    const outage = (error: MillraceError): void => { if (!answered && !this.#closed) this.#met(error); };
    if (spec.timeoutMs > 0) {
      this.#cancelTimer = clock.setTimer(spec.timeoutMs, () => {
        once(() => {
          const error = new MillraceError('MILL_TIMEOUT', `${name} took longer than ${spec.timeoutMs} ms.`);
          this.#deps.counters.timeouts++;
          controller.abort(error);
          this.#failed(error);
        });
      });
    }
    // Inside a promise, so that a function that throws at once is like one that rejects.
    const call = async (): Promise<unknown> => spec.call(value, key, { signal: controller.signal, headers, timestampMs, attempt: this.#tries, outage });
    const span = this.#span;
    (span === null ? call() : span.run(call)).then(
      (result) => { once(() => { this.#settle({ type: 'value', value: result }); }); },
      (error: unknown) => { once(() => { this.#failed(toMillraceError(error)); }); },
    );
  }

  #settle(outcome: Outcome): void {
    this.#closed = true;
    this.#deps.outages.over(this);
    this.#settled(outcome);
  }

  #met(error: MillraceError): void {
    this.#outage = error;
    this.#deps.outages.met(this, error);
    if (this.#stopping) this.stop();
  }

  #failed(error: MillraceError): void {
    const { spec, counters, clock } = this.#deps;
    if (error.kind === 'outage') {
      this.#tries--;
      this.#met(error);
      if (this.#stopping) return;
    } else if (isSurroundings(error)) {
      this.#settle({ type: 'fault', error });
      return;
    } else if (!error.transient || this.#tries >= spec.retry.attempts) {
      this.#settle({ type: 'error', error });
      return;
    } else {
      this.#outage = null;
      this.#deps.outages.over(this);
    }
    counters.retries++;
    this.#span?.retried(error, this.#tries);
    const longestMs = error.kind === 'outage' ? MAX_OUTAGE_BACKOFF_MS : MAX_BACKOFF_MS;
    const delayMs = Math.min(longestMs, spec.retry.backoffMs * 2 ** Math.min(this.#waits++, 20));
    this.#cancelTimer = clock.backOff(delayMs, () => {
      this.#cancelTimer = () => undefined;
      if (!this.#closed) this.#try();
    });
  }
}
