/** Partitions and positions as requests want them: grouped by topic. */
import type { Positions, TopicPartition } from '../../ports/index.ts';

export interface OfTopic<T> {
  readonly topic: string;
  readonly partitions: T[];
}

export function byTopic<T extends TopicPartition, P>(items: Iterable<T>, of: (item: T) => P): readonly OfTopic<P>[] {
  const topics = new Map<string, OfTopic<P>>();
  for (const item of items) {
    const found = topics.get(item.topic);
    if (found === undefined) topics.set(item.topic, { topic: item.topic, partitions: [of(item)] });
    else found.partitions.push(of(item));
  }
  return [...topics.values()];
}

/** Names of topics have no slash, so the last one parts a position's key. */
export function* entriesOf(positions: Positions): Generator<TopicPartition & { readonly offset: number }> {
  for (const [key, offset] of positions) {
    const at = key.lastIndexOf('/');
    yield { topic: key.slice(0, at), partition: Number(key.slice(at + 1)), offset };
  }
}
