import type { SelectKeySpec } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import { rekeyed } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** A new key for each record. The record stays on its task: `repartition` moves it to the task of its key. */
export function selectKey(stream: StreamNode, mapper: SelectKeySpec['mapper'], named: Named): StreamNode {
  const name = stream.graph.nameFor('selectKey', named.name);
  return rekeyed(stream, stream.graph.addNode(name, { kind: 'selectKey', mapper }, [stream.node]));
}
