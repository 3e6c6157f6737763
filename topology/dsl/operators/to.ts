import type { Produced } from '../options.ts';
import type { StreamNode } from '../stream-node.ts';

/** Writes the stream to a topic; a `null` value is a tombstone. */
export function to<K, V>(stream: StreamNode, topic: string, produced: Produced<K, V>): void {
  const name = stream.graph.nameFor('sink', produced.name);
  stream.graph.addNode(name, { kind: 'sink', topic, key: produced.key, value: produced.value }, [stream.node]);
}
