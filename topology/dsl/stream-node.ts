/** Where a stream is in the graph: what every operator hangs its node on. */
import type { GraphBuilder } from '../graph/index.ts';

export interface StreamNode {
  readonly graph: GraphBuilder;
  readonly node: string;
  /** The operator that last changed the key since the partitioning was right; `null` when none did. */
  readonly rekeyedBy: string | null;
}

export const below = (stream: StreamNode, node: string): StreamNode => ({ ...stream, node });

export const rekeyed = (stream: StreamNode, node: string): StreamNode => ({ ...stream, node, rekeyedBy: node });
