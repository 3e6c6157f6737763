import { keyValueStore } from '../../../state/index.ts';
import { bytesSerde, stringSerde } from '../serdes/index.ts';
import type { DeduplicateOptions } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/**
 * Lets the first record of each `by` through and drops the others for `ttlMs`. The mark is part of the commit of what
 * it let through, and is withdrawn in that commit when the record is dead-lettered further down the same sub-topology
 * (runtime/operators/deduplicate.ts says how). Repeats must come to the same partition: key the topic so.
 */
export function deduplicate<K, V>(stream: StreamNode, options: DeduplicateOptions<K, V>): StreamNode {
  const { graph } = stream;
  const name = graph.nameFor('deduplicate', options.name);
  const store = `${name}-marks`;
  graph.addStore(keyValueStore({ name: store, key: stringSerde, value: bytesSerde, ttlMs: options.ttlMs }));
  return below(stream, graph.addNode(name, { kind: 'deduplicate', store, by: options.by }, [stream.node], [store]));
}
