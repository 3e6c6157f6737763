import { z } from 'zod';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { EnrichContext, EnrichSpec } from '../../graph/index.ts';
import type { EnrichOptions } from '../options.ts';
import { below } from '../stream-node.ts';
import type { StreamNode } from '../stream-node.ts';

const numbers = z.object({
  concurrency: z.int().min(1).max(10_000).default(8),
  ordering: z.enum(['partition', 'key', 'none']).default('partition'),
  timeoutMs: z.number().min(0).default(0),
  retry: z.object({ attempts: z.int().min(1), backoffMs: z.number().min(0).default(200) }).default({ attempts: 1, backoffMs: 200 }),
});

/**
 * Calls the outside world with up to `concurrency` records of a task in flight. An error that is final (not transient,
 * or attempts used up) dead-letters the record in the commit of its epoch, and `recover`'s value goes on, if there is
 * one. An outage (a server that does not answer, a full disk) is nobody's fault: such a call is tried again until it passes.
 */
export function enrich<K, V, V2>(
  stream: StreamNode,
  call: (value: V, key: K, context: EnrichContext) => Promise<V2>,
  options: EnrichOptions<K, V, V2>,
): StreamNode {
  const parsed = numbers.safeParse(options);
  if (!parsed.success) throw new MillraceError('MILL_CONFIG_INVALID', `Options of enrich ${options.name}: ${z.prettifyError(parsed.error)}`);
  const name = stream.graph.nameFor('enrich', options.name);
  const recover = (options.recover ?? null) as EnrichSpec['recover'];
  return below(stream, stream.graph.addNode(name, { kind: 'enrich', call, ...parsed.data, recover }, [stream.node]));
}
