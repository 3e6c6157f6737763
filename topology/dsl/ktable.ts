/** The current value of each key. */
import type { KStream } from './kstream.ts';

export class KTable<K, V> {
  readonly #changes: () => KStream<K, V>;

  constructor(changes: () => KStream<K, V>) {
    this.#changes = changes;
  }

  /** Every change as a record. */
  toStream(): KStream<K, V> {
    return this.#changes();
  }
}
