/** How long something took, over all the times that it was done. */
export interface LatencyMetrics {
  readonly count: number;
  readonly totalMs: number;
  readonly maxMs: number;
}

/** The mutable side. */
export class Latency implements LatencyMetrics {
  count = 0;
  totalMs = 0;
  maxMs = 0;

  record(ms: number): void {
    this.count++;
    this.totalMs += ms;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  snapshot(): LatencyMetrics {
    return { count: this.count, totalMs: this.totalMs, maxMs: this.maxMs };
  }
}
