import type { PeekSpec } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** Looks at each record. A record may be seen again after a failure. */
export function peek(stream: StreamNode, action: PeekSpec['action'], named: Named): StreamNode {
  const name = stream.graph.nameFor('peek', named.name);
  return below(stream, stream.graph.addNode(name, { kind: 'peek', action }, [stream.node]));
}
