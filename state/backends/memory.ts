/** OrderedKeyValue in memory, for tests and for state that need not outlive the process. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { KeyRange, KeyValueEntry, OrderedKeyValue, WriteOp } from '../../connectors/ports/index.ts';
import { SortedMap } from './sorted-map.ts';

class MemoryKeyValue implements OrderedKeyValue {
  readonly #map = new SortedMap<Buffer>();
  #closed = false;

  async getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    this.#assertOpen();
    return keys.map((key) => this.#map.get(key.toString('latin1')));
  }

  async *iterate({ gte, lt, reverse = false, limit = Infinity }: KeyRange): AsyncIterable<KeyValueEntry> {
    this.#assertOpen();
    if (limit <= 0) return;
    let left = limit;
    for (const [key, value] of this.#map.entries(gte.toString('latin1'), lt.toString('latin1'), reverse)) {
      yield [Buffer.from(key, 'latin1'), value];
      if (--left === 0) return;
    }
  }

  async write(ops: readonly WriteOp[]): Promise<void> {
    this.#assertOpen();
    for (const op of ops) {
      if (op.type === 'put') this.#map.set(op.key.toString('latin1'), op.value);
      else this.#map.delete(op.key.toString('latin1'));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The in-memory store was used after it was closed.');
  }
}

export function memoryKeyValue(): OrderedKeyValue {
  return new MemoryKeyValue();
}
