import type { Named } from '../options.ts';
import { rekeyed } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** A new key for each record. The record stays on its task: `repartition` moves it to the task of its key. */
export function selectKey<K, V, K2>(stream: StreamNode, mapper: (value: V, key: K) => K2, named: Named): StreamNode {
  const name = stream.graph.nameFor('selectKey', named.name);
  return rekeyed(stream, stream.graph.addNode(name, { kind: 'selectKey', mapper }, [stream.node]));
}
