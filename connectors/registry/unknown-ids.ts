/** Ids that the registry did not have, for a while: the oldest make room, so that a stream of random ids grows nothing. */

export interface UnknownIdsOptions {
  readonly ttlMs: number;
  readonly maxEntries: number;
  readonly nowMs?: () => number;
}

export class UnknownIds {
  readonly #expiresAtMs = new Map<number, number>();
  readonly #ttlMs: number;
  readonly #maxEntries: number;
  readonly #nowMs: () => number;

  constructor({ ttlMs, maxEntries, nowMs = Date.now }: UnknownIdsOptions) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#expiresAtMs.size;
  }

  add(id: number): void {
    this.#expiresAtMs.delete(id);
    this.#expiresAtMs.set(id, this.#nowMs() + this.#ttlMs);
    if (this.#expiresAtMs.size <= this.#maxEntries) return;
    for (const oldest of this.#expiresAtMs.keys()) {
      this.#expiresAtMs.delete(oldest);
      return;
    }
  }

  has(id: number): boolean {
    const expiresAtMs = this.#expiresAtMs.get(id);
    if (expiresAtMs === undefined) return false;
    if (expiresAtMs > this.#nowMs()) return true;
    this.#expiresAtMs.delete(id);
    return false;
  }
}
