import type { Named } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** Any number of values for each record, under its key. */
export function flatMapValues<K, V, V2>(stream: StreamNode, mapper: (value: V, key: K) => Iterable<V2>, named: Named): StreamNode {
  const name = stream.graph.nameFor('flatMapValues', named.name);
  return below(stream, stream.graph.addNode(name, { kind: 'flatMapValues', mapper }, [stream.node]));
}
