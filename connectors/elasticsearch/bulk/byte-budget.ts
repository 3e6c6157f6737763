/**
 * Bytes and requests in flight, of all who write together. Whoever finds too little waits, in the order of coming, so
 * that a large request is not passed over for ever; one that is larger than the whole budget goes when it is alone.
 */

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

export class ByteBudget {
  readonly #maxBytes: number;
  readonly #maxRequests: number;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #requests = 0;

  constructor(maxBytes: number, maxRequests: number) {
    this.#maxBytes = maxBytes;
    this.#maxRequests = maxRequests;
  }

  get bytesInFlight(): number {
    return this.#bytes;
  }

  async run<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await new Promise<void>((resolve) => this.#waiting.push({ bytes, enter: resolve }));
    else this.#take(bytes);
    try {
      return await work();
    } finally {
      this.#bytes -= bytes;
      this.#requests -= 1;
      this.#letIn();
    }
  }

  #letIn(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#fits(first.bytes); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#take(first.bytes);
      first.enter();
    }
  }

  #fits(bytes: number): boolean {
    return this.#requests === 0 || (this.#requests < this.#maxRequests && this.#bytes + bytes <= this.#maxBytes);
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    this.#requests += 1;
  }
}
