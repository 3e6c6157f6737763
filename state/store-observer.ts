/** Times the reads and writes of a store, for metrics. */
export interface StoreObserver {
  /** One read of the backend, which serves all keys that the layers do not know. */
  read(ms: number): void;
  /** One `put` or `delete`, serialisation included: a sample of them. */
  wrote(ms: number): void;
}

/** A write takes less than a microsecond, and so does looking at the clock. */
const SAMPLE_MASK = 63;
const NOT_SAMPLED = -1;

export class WriteSampler {
  readonly #observer: StoreObserver | undefined;
  #writes = 0;

  constructor(observer: StoreObserver | undefined) {
    this.#observer = observer;
  }

  /** To be given to `end` when the write is done. */
  begin(): number {
    return this.#observer !== undefined && (this.#writes++ & SAMPLE_MASK) === 0 ? performance.now() : NOT_SAMPLED;
  }

  end(begun: number): void {
    if (begun !== NOT_SAMPLED) this.#observer?.wrote(performance.now() - begun);
  }
}
