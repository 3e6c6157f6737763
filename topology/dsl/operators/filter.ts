import type { FilterSpec } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** Keeps the records for which the predicate holds. */
export function filter(stream: StreamNode, predicate: FilterSpec['predicate'], named: Named): StreamNode {
  const name = stream.graph.nameFor('filter', named.name);
  return below(stream, stream.graph.addNode(name, { kind: 'filter', predicate }, [stream.node]));
}
