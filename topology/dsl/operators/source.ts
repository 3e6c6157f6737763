import type { GraphBuilder } from '../../graph/index.ts';
import type { Consumed } from '../options.ts';
import type { StreamNode } from '../stream-node.ts';

/** Reads topics; several topics make one stream, and are co-partitioned. */
export function source<K, V>(graph: GraphBuilder, topics: readonly string[], consumed: Consumed<K, V>, tombstones: 'drop' | 'pass'): StreamNode {
  const label = graph.nameFor('source', consumed.name ?? topics.join('_'));
  const node = graph.addNode(`${label}-source`, { kind: 'source', label, topics: [...topics], key: consumed.key, value: consumed.value, tombstones }, []);
  return { graph, node, rekeyedBy: null };
}
