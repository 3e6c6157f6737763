import type { Named } from '../options.ts';
import type { StreamNode } from '../stream-node.ts';

/** Both streams in one, each in its own order. Where they come from one source, in the order of that source. */
export function merge(stream: StreamNode, other: StreamNode, named: Named): StreamNode {
  const name = stream.graph.nameFor('merge', named.name);
  const node = stream.graph.addNode(name, { kind: 'merge' }, [stream.node, other.node]);
  return { graph: stream.graph, node, rekeyedBy: stream.rekeyedBy ?? other.rekeyedBy };
}
