import type { Named } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** A new value for each record; the key stays. */
export function mapValues<K, V, V2>(stream: StreamNode, mapper: (value: V, key: K) => V2, named: Named): StreamNode {
  const name = stream.graph.nameFor('mapValues', named.name);
  return below(stream, stream.graph.addNode(name, { kind: 'mapValues', mapper }, [stream.node]));
}
