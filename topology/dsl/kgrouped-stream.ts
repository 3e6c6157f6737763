/** Records grouped by key, ready to be folded. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { KStream } from './kstream.ts';
import { KTable } from './ktable.ts';
import { aggregate, repartition } from './operators/index.ts';
import type { Grouped, Materialized } from './options.ts';
import type { StreamNode } from './stream-node.ts';

type ToStream<K> = <A>(node: StreamNode) => KStream<K, A>;

export class KGroupedStream<K, V> {
  readonly #at: StreamNode;
  readonly #toStream: ToStream<K>;

  constructor(at: StreamNode, grouped: Grouped<K, V> | null, toStream: ToStream<K>) {
    if (at.rekeyedBy !== null && grouped === null) {
      throw new MillraceError('MILL_TOPOLOGY_INVALID', `${at.rekeyedBy} may have changed the key: groupByKey needs { name, key, value } to repartition by the new one.`);
    }
    this.#at = at.rekeyedBy !== null && grouped !== null ? repartition(at, grouped) : at;
    this.#toStream = toStream;
  }

  /** Folds the records of each key, in order. A `null` aggregate removes the key. */
  aggregate<A>(initializer: () => A, aggregator: (key: K, value: V, aggregate: A) => A, materialized: Materialized<K, A>): KTable<K, A> {
    const node = aggregate(this.#at, initializer, aggregator, materialized);
    return new KTable(() => this.#toStream<A>(node));
  }

  /** How many records of each key there were. */
  count(materialized: Materialized<K, number>): KTable<K, number> {
    return this.aggregate(() => 0, (_key, _value, count) => count + 1, materialized);
  }
}
