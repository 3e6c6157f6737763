import type { MapSpec } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { rekeyed } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** A new key and value for each record; counts as a change of the key. */
export function map(stream: StreamNode, mapper: MapSpec['mapper'], named: Named): StreamNode {
  const name = stream.graph.nameFor('map', named.name);
  return rekeyed(stream, stream.graph.addNode(name, { kind: 'map', mapper }, [stream.node]));
}
