import type { FlatMapValuesSpec } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** Any number of values for each record, under its key. */
export function flatMapValues(stream: StreamNode, mapper: FlatMapValuesSpec['mapper'], named: Named): StreamNode {
  const name = stream.graph.nameFor('flatMapValues', named.name);
  return below(stream, stream.graph.addNode(name, { kind: 'flatMapValues', mapper }, [stream.node]));
}
