import type { KeyValue, StreamRecord } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { rekeyed } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** A new key and value for each record; counts as a change of the key. */
export function map<K, V, K2, V2>(stream: StreamNode, mapper: (record: StreamRecord<K, V>) => KeyValue<K2, V2>, named: Named): StreamNode {
  const name = stream.graph.nameFor('map', named.name);
  return rekeyed(stream, stream.graph.addNode(name, { kind: 'map', mapper }, [stream.node]));
}
