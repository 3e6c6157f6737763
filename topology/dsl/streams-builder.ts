/**
 * Where a topology begins.
 *
 * ```ts
 * const builder = new StreamsBuilder();
 * builder.stream('words', { key: stringSerde, value: stringSerde })
 *   .groupByKey()
 *   .count({ name: 'counts', key: stringSerde, value: jsonSerde<number>() })
 *   .toStream()
 *   .to('word-counts', { key: stringSerde, value: jsonSerde<number>() });
 * const topology = builder.build();
 * ```
 */
import type { StoreSpec } from '../../state/index.ts';
import { GraphBuilder } from '../graph/index.ts';
import type { Topology } from '../graph/index.ts';
import { KStream } from './kstream.ts';
import { source } from './operators/index.ts';
import type { Consumed } from './options.ts';

const asList = (topics: string | readonly string[]): readonly string[] => (typeof topics === 'string' ? [topics] : topics);

export class StreamsBuilder {
  readonly #graph = new GraphBuilder();

  /** Reads topics from their committed positions on. Tombstones are dropped and counted. A record without a key passes with key `null`. */
  stream<K, V>(topics: string | readonly string[], consumed: Consumed<K, V>): KStream<K, V> {
    return new KStream(source(this.#graph, asList(topics), consumed, 'drop'));
  }

  /** As `stream`, with tombstones as `null` values. */
  streamWithTombstones<K, V>(topics: string | readonly string[], consumed: Consumed<K, V>): KStream<K, V | null> {
    return new KStream(source(this.#graph, asList(topics), consumed, 'pass'));
  }

  /** Adds a store; processors name it in `process(…, { stores })`. */
  addStateStore(spec: StoreSpec): this {
    this.#graph.addStore(spec);
    return this;
  }

  /** @throws MillraceError MILL_TOPOLOGY_INVALID */
  build(): Topology {
    return this.#graph.build();
  }
}
