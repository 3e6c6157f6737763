import type { ProcessorSupplier } from '../../graph/index.ts';
import type { ProcessOptions } from '../options.ts';
import { rekeyed } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/** A processor of one's own, with state stores; counts as a change of the key. */
export function process<K, V, K2, V2>(stream: StreamNode, supplier: ProcessorSupplier<K, V, K2, V2>, options: ProcessOptions): StreamNode {
  const name = stream.graph.nameFor('process', options.name);
  return rekeyed(stream, stream.graph.addNode(name, { kind: 'process', supplier }, [stream.node], options.stores ?? []));
}
