import type { FlatMapSpec } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { rekeyed } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** Any number of records for each record; counts as a change of the key. */
export function flatMap(stream: StreamNode, mapper: FlatMapSpec['mapper'], named: Named): StreamNode {
  const name = stream.graph.nameFor('flatMap', named.name);
  return rekeyed(stream, stream.graph.addNode(name, { kind: 'flatMap', mapper }, [stream.node]));
}
