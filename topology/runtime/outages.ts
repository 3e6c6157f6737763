/** The calls of a node that wait for an outage. The node's metrics name it until none waits any more. */
import type { MillraceError } from '../../connectors/ports/index.ts';
import type { Clock } from './clock.ts';
import type { NodeMetrics } from './metrics.ts';

export class Outages {
  readonly #counters: NodeMetrics;
  readonly #clock: Clock;
  readonly #calls = new Set<object>();

  constructor(counters: NodeMetrics, clock: Clock) {
    this.#counters = counters;
    this.#clock = clock;
  }

  /** The call waits: `error` is what it met last. */
  met(call: object, { code, message, hint }: MillraceError): void {
    this.#calls.add(call);
    this.#counters.outage = { code, message, hint, sinceMs: this.#counters.outage?.sinceMs ?? this.#clock.nowMs() };
  }

  /** The call got through, or nobody waits for it any more. */
  over(call: object): void {
    if (this.#calls.delete(call) && this.#calls.size === 0) this.#counters.outage = null;
  }
}
