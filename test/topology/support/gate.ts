/** Lets a test decide when each call of an `enrich` ends, and see how many run. */
import type { EnrichContext } from '../../../topology/index.ts';

interface Call {
  readonly value: string;
  readonly signal: AbortSignal;
  readonly finish: (error?: Error) => void;
}

export class CallGate {
  readonly #calls: Call[] = [];
  readonly #seen = new Set<() => void>();
  started = 0;
  mostRunning = 0;

  /** Give this to `enrich`. */
  readonly call = (value: string, _key: string, { signal }: EnrichContext): Promise<string> => new Promise((resolve, reject) => {
    this.started++;
    const call: Call = {
      value,
      signal,
      finish: (error) => {
        this.#calls.splice(this.#calls.indexOf(call), 1);
        if (error === undefined) resolve(value);
        else reject(error);
      },
    };
    this.#calls.push(call);
    this.mostRunning = Math.max(this.mostRunning, this.#calls.length);
    for (const notify of [...this.#seen]) notify();
  });

  get running(): readonly string[] {
    return this.#calls.map(({ value }) => value);
  }

  /** Waits until the call for this value runs. */
  async of(value: string): Promise<Call> {
    for (;;) {
      const call = this.#calls.find((candidate) => candidate.value === value);
      if (call !== undefined) return call;
      await new Promise<void>((resolve) => {
        const notify = (): void => {
          this.#seen.delete(notify);
          resolve();
        };
        this.#seen.add(notify);
      });
    }
  }

  async finish(value: string, error?: Error): Promise<void> {
    (await this.of(value)).finish(error);
  }
}
