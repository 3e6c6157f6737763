import { keyValueStore } from '../../../state/index.ts';
import type { AggregateSpec } from '../../graph/index.ts';
import type { Materialized } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** Folds the records of each key; every change goes on. Records without a key are dropped and counted. */
export function aggregate<K, A>(
  stream: StreamNode,
  initializer: AggregateSpec['initializer'],
  aggregator: AggregateSpec['aggregator'],
  materialized: Materialized<K, A>,
): StreamNode {
  const { graph } = stream;
  const store = graph.nameFor('aggregate', materialized.name);
  const { key, value, ttlMs } = materialized;
  graph.addStore(keyValueStore({ name: store, key, value, ...(ttlMs === undefined ? {} : { ttlMs }) }));
  return below(stream, graph.addNode(store, { kind: 'aggregate', store, key, initializer, aggregator }, [stream.node], [store]));
}
