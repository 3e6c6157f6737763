/**
 * How many bytes a bulk request should have: as TCP finds its window. A request of full size that was answered quickly
 * makes the next ones a step larger; one that was answered slowly, refused or not answered at all makes them half as large. So
 * the size fits the server that is there, and its load of the hour.
 */

const MIN_BYTES = 64 * 1024;
const FIRST_BYTES = 1024 * 1024;
const STEP_BYTES = 256 * 1024;

export class RequestSize {
  readonly #maxBytes: number;
  readonly #slowMs: number;
  #bytes: number;

  /** @param slowMs answers later than this make requests smaller; within half of it, larger */
  constructor(maxBytes: number, slowMs: number) {
    this.#maxBytes = maxBytes;
    this.#slowMs = slowMs;
    this.#bytes = Math.min(FIRST_BYTES, maxBytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  answered(bytes: number, tookMs: number): void {
    if (tookMs > this.#slowMs) this.#shrink(bytes);
    // A request that was not full says nothing about larger ones.
    else if (tookMs <= this.#slowMs / 2 && bytes >= this.#bytes * 0.8) this.#bytes = Math.min(this.#maxBytes, this.#bytes + STEP_BYTES);
  }

  /** The server had no room for it (429, 413), or gave no answer. */
  refused(bytes: number): void {
    this.#shrink(bytes);
  }

  /** Not below half of what was too much: of several requests on their way each says the same once more. */
  #shrink(bytes: number): void {
    this.#bytes = Math.min(this.#bytes, Math.max(MIN_BYTES, Math.floor(bytes / 2)), this.#maxBytes);
  }
}
