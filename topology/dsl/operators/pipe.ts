import type { OperatorFunction } from 'rxjs';
import type { StreamRecord } from '../../graph/index.ts';
import { rekeyed } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

/**
 * RxJS operators over one record at a time: each record is a stream of its own, which must complete before the
 * operators return. So they hold no state that a commit would miss; what waits belongs into `enrich`, what
 * remembers into `process`.
 */
export function pipe(stream: StreamNode, operators: readonly OperatorFunction<StreamRecord<unknown, unknown>, StreamRecord<unknown, unknown>>[]): StreamNode {
  const name = stream.graph.nameFor('pipe');
  return rekeyed(stream, stream.graph.addNode(name, { kind: 'pipe', operators }, [stream.node]));
}
