/**
 * Which batches of a Fetch answer belong to aborted transactions. The broker names the transactions by producer and first
 * offset; from there on that producer's transactional batches are void, up to the marker that ends the transaction.
 */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export class AbortedTransactions {
  /** The next one last. */
  readonly #toCome: AbortedTransaction[];
  readonly #open = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#toCome = [...aborted].sort((a, b) => b.firstOffset - a.firstOffset);
  }

  /** Batches are gone through in their order. */
  reach(lastOffset: number): void {
    for (let next = this.#toCome.at(-1); next !== undefined && next.firstOffset <= lastOffset; next = this.#toCome.at(-1)) {
      this.#open.add(next.producerId);
      this.#toCome.pop();
    }
  }

  end(producerId: number): void {
    this.#open.delete(producerId);
  }

  has(producerId: number): boolean {
    return this.#open.has(producerId);
  }
}
