/**
 * Look-ups of schema ids, one at a time, and no more misses in a second than allowed: negative caching does not help
 * against ids that are new each time. A look-up that finds something costs nothing. What waits while one fails for good
 * fails with it, since the registry would not answer the others either.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface PaceClock {
  nowMs(): number;
  sleep(ms: number): Promise<unknown>;
}

const systemClock: PaceClock = { nowMs: () => performance.now(), sleep: (ms) => sleep(ms) };

export class LookupPace {
  readonly #perSecond: number;
  readonly #clock: PaceClock;
  /** Misses that may come at once: those of a second. */
  #credit: number;
  #countedAtMs: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(missesPerSecond: number, clock: PaceClock = systemClock) {
    this.#perSecond = missesPerSecond;
    this.#clock = clock;
    this.#credit = Math.max(1, missesPerSecond);
    this.#countedAtMs = clock.nowMs();
  }

  run<T>(lookUp: () => Promise<T | undefined>): Promise<T | undefined> {
    const result = this.#last.then(() => this.#lookUp(lookUp));
    this.#last = result;
    // Whoever comes after the failure starts anew.
    result.catch(() => { if (this.#last === result) this.#last = Promise.resolve(); });
    return result;
  }

  async #lookUp<T>(lookUp: () => Promise<T | undefined>): Promise<T | undefined> {
    while (this.#refill() < 1) await this.#clock.sleep(1000 * (1 - this.#credit) / this.#perSecond);
    const found = await lookUp();
    if (found === undefined) this.#credit--;
    return found;
  }

  #refill(): number {
    const nowMs = this.#clock.nowMs();
    this.#credit = Math.min(Math.max(1, this.#perSecond), this.#credit + (nowMs - this.#countedAtMs) * this.#perSecond / 1000);
    this.#countedAtMs = nowMs;
    return this.#credit;
  }
}
