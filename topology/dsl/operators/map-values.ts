import type { MapValuesSpec } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** A new value for each record; the key stays. */
export function mapValues(stream: StreamNode, mapper: MapValuesSpec['mapper'], named: Named): StreamNode {
  const name = stream.graph.nameFor('mapValues', named.name);
  return below(stream, stream.graph.addNode(name, { kind: 'mapValues', mapper }, [stream.node]));
}
