import type { KeyValue } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { rekeyed } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** Any number of records for each record; counts as a change of the key. */
export function flatMap<K, V, K2, V2>(stream: StreamNode, mapper: (value: V, key: K) => Iterable<KeyValue<K2, V2>>, named: Named): StreamNode {
  const name = stream.graph.nameFor('flatMap', named.name);
  return rekeyed(stream, stream.graph.addNode(name, { kind: 'flatMap', mapper }, [stream.node]));
}
