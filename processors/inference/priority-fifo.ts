/** Two lines at one counter: LIVE leaves before BULK, and within a line first come, first served. */

export type Priority = 'LIVE' | 'BULK';

export class PriorityFifo<T> {
  readonly #lines: Readonly<Record<Priority, Set<T>>> = { LIVE: new Set(), BULK: new Set() };

  get size(): number {
    return this.#lines.LIVE.size + this.#lines.BULK.size;
  }

  push(item: T, priority: Priority): void {
    this.#lines[priority].add(item);
  }

  /** Who is next, without taking it. */
  peek(): { readonly item: T; readonly priority: Priority } | undefined {
    for (const priority of ['LIVE', 'BULK'] as const) {
      for (const item of this.#lines[priority]) return { item, priority };
    }
    return undefined;
  }

  /** The first of each line. */
  heads(): T[] {
    const heads: T[] = [];
    for (const line of Object.values(this.#lines)) {
      for (const item of line) {
        heads.push(item);
        break;
      }
    }
    return heads;
  }

  take(): T | undefined {
    const next = this.peek();
    if (next !== undefined) this.#lines[next.priority].delete(next.item);
    return next?.item;
  }

  /** False when the item is not here. */
  remove(item: T): boolean {
    return this.#lines.LIVE.delete(item) || this.#lines.BULK.delete(item);
  }

  /** Takes everything. */
  drain(): T[] {
    const all = [...this.#lines.LIVE, ...this.#lines.BULK];
    this.#lines.LIVE.clear();
    this.#lines.BULK.clear();
    return all;
  }
}
