/**
 * KStream: a stream of records, as in Kafka Streams. Every method adds one node and returns the stream below it;
 * nothing runs. Callbacks take (value, key), and must not keep or change what they are given.
 */
import type { OperatorFunction } from 'rxjs';
import type { EnrichContext, KeyValue, ProcessorSupplier, StreamRecord } from '../graph/index.ts';
import { BranchedStream } from './branched-stream.ts';
import { KGroupedStream } from './kgrouped-stream.ts';
import * as operators from './operators/index.ts';
import type { DeduplicateOptions, EnrichOptions, Grouped, Named, ProcessOptions, Produced, Repartitioned } from './options.ts';
import type { StreamNode } from './stream-node.ts';

type ErasedOperator = OperatorFunction<StreamRecord<unknown, unknown>, StreamRecord<unknown, unknown>>;

export class KStream<K, V> {
  readonly #at: StreamNode;

  constructor(at: StreamNode) {
    this.#at = at;
  }

  /** Keeps the records for which the predicate holds. */
  filter<V2 extends V>(predicate: (value: V, key: K) => value is V2, named?: Named): KStream<K, V2>;
  filter(predicate: (value: V, key: K) => boolean, named?: Named): KStream<K, V>;
  filter(predicate: (value: V, key: K) => boolean, named: Named = {}): KStream<K, V> {
    return new KStream(operators.filter(this.#at, predicate, named));
  }

  /** A new key and value for each record. */
  map<K2, V2>(mapper: (record: StreamRecord<K, V>) => KeyValue<K2, V2>, named: Named = {}): KStream<K2, V2> {
    return new KStream(operators.map(this.#at, mapper, named));
  }

  /** A new value for each record; the key stays. */
  mapValues<V2>(mapper: (value: V, key: K) => V2, named: Named = {}): KStream<K, V2> {
    return new KStream(operators.mapValues(this.#at, mapper, named));
  }

  /** Any number of records for each record. */
  flatMap<K2, V2>(mapper: (value: V, key: K) => Iterable<KeyValue<K2, V2>>, named: Named = {}): KStream<K2, V2> {
    return new KStream(operators.flatMap(this.#at, mapper, named));
  }

  /** Any number of values for each record, under its key. */
  flatMapValues<V2>(mapper: (value: V, key: K) => Iterable<V2>, named: Named = {}): KStream<K, V2> {
    return new KStream(operators.flatMapValues(this.#at, mapper, named));
  }

  /** A new key for each record; `repartition` then moves it to the task of its key. */
  selectKey<K2>(mapper: (value: V, key: K) => K2, named: Named = {}): KStream<K2, V> {
    return new KStream(operators.selectKey(this.#at, mapper, named));
  }

  /** Looks at each record, perhaps more than once after a failure. */
  peek(action: (value: V, key: K) => void, named: Named = {}): KStream<K, V> {
    return new KStream(operators.peek(this.#at, action, named));
  }

  /** Splits by predicates (KIP-418): `.split().branch(p, 'a').branch(q, 'b').defaultBranch('rest')` gives `{ a, b, rest }`. */
  split(named: Named = {}): BranchedStream<K, V> {
    return new BranchedStream((branches) => {
      const nodes = operators.split(this.#at, branches, named);
      return Object.fromEntries([...nodes].map(([name, node]) => [name, new KStream<K, V>(node)]));
    });
  }

  /** Both streams in one, each in its own order; the two then make one sub-topology. */
  merge<K2, V2>(other: KStream<K2, V2>, named: Named = {}): KStream<K | K2, V | V2> {
    return new KStream(operators.merge(this.#at, other.#at, named));
  }

  /** RxJS operators over one record at a time: synchronous and without memory (operators/pipe.ts). */
  pipe<K2, V2>(op1: OperatorFunction<StreamRecord<K, V>, StreamRecord<K2, V2>>): KStream<K2, V2>;
  pipe<A, K2, V2>(op1: OperatorFunction<StreamRecord<K, V>, A>, op2: OperatorFunction<A, StreamRecord<K2, V2>>): KStream<K2, V2>;
  pipe<A, B, K2, V2>(op1: OperatorFunction<StreamRecord<K, V>, A>, op2: OperatorFunction<A, B>, op3: OperatorFunction<B, StreamRecord<K2, V2>>): KStream<K2, V2>;
  pipe<A, B, C, K2, V2>(
    op1: OperatorFunction<StreamRecord<K, V>, A>, op2: OperatorFunction<A, B>, op3: OperatorFunction<B, C>, op4: OperatorFunction<C, StreamRecord<K2, V2>>,
  ): KStream<K2, V2>;
  pipe(...pipeline: unknown[]): KStream<unknown, unknown> {
    return new KStream(operators.pipe(this.#at, pipeline as ErasedOperator[]));
  }

  /** A processor of one's own, with state stores. */
  process<K2, V2>(supplier: ProcessorSupplier<K, V, K2, V2>, options: ProcessOptions): KStream<K2, V2> {
    return new KStream(operators.process(this.#at, supplier, options));
  }

  /** Calls the outside world with many records in flight (operators/enrich.ts). */
  enrich<V2>(call: (value: V, key: K, context: EnrichContext) => Promise<V2>, options: EnrichOptions<K, V, V2>): KStream<K, V2> {
    return new KStream(operators.enrich(this.#at, call, options));
  }

  /** Lets the first record of each `by` through and drops the others for `ttlMs`. */
  deduplicate(options: DeduplicateOptions<K, V>): KStream<K, V> {
    return new KStream(operators.deduplicate(this.#at, options));
  }

  /** Groups by the key that the records have. Where it changed since they were partitioned, `grouped` names the repartition. */
  groupByKey(grouped?: Grouped<K, V>): KGroupedStream<K, V> {
    return new KGroupedStream(this.#at, grouped ?? null, <A>(node: StreamNode) => new KStream<K, A>(node));
  }

  /** Moves every record to the task of its key: the sub-topology ends here and another starts. */
  repartition(options: Repartitioned<K, V>): KStream<K, V> {
    return new KStream(operators.repartition(this.#at, options));
  }

  /** Writes the stream to a topic; a `null` value is a tombstone. */
  to(topic: string, produced: Produced<K, V>): void {
    operators.to(this.#at, topic, produced);
  }
}
