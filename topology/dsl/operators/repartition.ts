import { z } from 'zod';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { Repartitioned } from '../options.ts';
import type { StreamNode } from '../stream-node.ts';
import { source } from './source.ts';

/** Writes the stream to `<application.id>-<name>-repartition` by its key and reads it again: a new sub-topology starts there. */
export function repartition<K, V>(stream: StreamNode, options: Repartitioned<K, V>): StreamNode {
  const { graph } = stream;
  const partitions = z.int().min(1).optional().safeParse(options.partitions);
  if (!partitions.success) throw new MillraceError('MILL_CONFIG_INVALID', `partitions of repartition ${options.name}: ${z.prettifyError(partitions.error)}`);
  const name = graph.nameFor('repartition', options.name);
  const topic = `${name}-repartition`;
  graph.addRepartition({ topic, partitions: partitions.data ?? null });
  graph.addNode(`${name}-sink`, { kind: 'sink', topic, key: options.key, value: options.value }, [stream.node]);
  return source(graph, [topic], { key: options.key, value: options.value, name }, 'pass');
}
