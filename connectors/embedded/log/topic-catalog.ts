/** The topics and their partitions, as they are stored. */
import { z } from 'zod';
import { MillraceError } from '../../ports/index.ts';
import type { OrderedKeyValue, TopicSpec, WriteOp } from '../../ports/index.ts';
import { allTopics, batchKey, lastOffsetOf, partitionEndKey, readOffset, startKey, topicKey } from './key-space.ts';
import { PartitionLog } from './partition-log.ts';

const storedSchema = z.strictObject({
  id: z.number().int().nonnegative(),
  partitions: z.number().int().positive(),
  cleanupPolicy: z.enum(['delete', 'compact', 'compact,delete']),
  retentionMs: z.number().int().positive().optional(),
});
type StoredTopic = z.infer<typeof storedSchema>;

export interface Topic extends StoredTopic {
  readonly name: string;
  readonly logs: readonly PartitionLog[];
}

/** Kafka's rule, so that a topology moves between the profiles as it is. */
export function assertLegalName(kind: string, name: string): void {
  if (/^[\w.-]{1,249}$/.test(name) && name !== '.' && name !== '..') return;
  throw new MillraceError('MILL_CONFIG_INVALID', `${JSON.stringify(name)} is no legal ${kind}: use up to 249 letters, digits, dots, underscores and hyphens.`);
}

async function openPartition(backend: OrderedKeyValue, topic: string, topicId: number, partition: number): Promise<PartitionLog> {
  const [start] = await backend.getMany([startKey(topicId, partition)]);
  const startOffset = start === undefined ? 0 : readOffset(start);
  let endOffset = startOffset;
  const range = { gte: batchKey(topicId, partition, 0), lt: partitionEndKey(topicId, partition), reverse: true, limit: 1 };
  for await (const [key] of backend.iterate(range)) endOffset = Math.max(endOffset, lastOffsetOf(key) + 1);
  return new PartitionLog(backend, { topic, partition }, topicId, startOffset, endOffset);
}

async function openTopic(backend: OrderedKeyValue, name: string, stored: StoredTopic): Promise<Topic> {
  const logs: PartitionLog[] = [];
  for (let partition = 0; partition < stored.partitions; partition++) logs.push(await openPartition(backend, name, stored.id, partition));
  return { ...stored, name, logs };
}

export class TopicCatalog {
  readonly #backend: OrderedKeyValue;
  readonly #topics = new Map<string, Topic>();

  private constructor(backend: OrderedKeyValue) {
    this.#backend = backend;
  }

  static async open(backend: OrderedKeyValue): Promise<TopicCatalog> {
    const catalog = new TopicCatalog(backend);
    for await (const [key, value] of backend.iterate(allTopics)) {
      const name = key.toString('utf8', 1);
      catalog.#topics.set(name, await openTopic(backend, name, storedSchema.parse(JSON.parse(value.toString()))));
    }
    return catalog;
  }

  find(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** @throws MillraceError MILL_TOPIC_MISMATCH when there is no such topic */
  get(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new MillraceError('MILL_TOPIC_MISMATCH', `There is no topic ${name}.`, { hint: 'Create it first, with ensureTopics.' });
    return topic;
  }

  all(): Iterable<Topic> {
    return this.#topics.values();
  }

  /** Creates what is missing, and takes over a changed policy or retention of what is there. */
  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    const changed = new Map<string, StoredTopic>();
    let nextId = 1 + Math.max(0, ...[...this.#topics.values()].map(({ id }) => id));
    for (const { topic: name, partitions, cleanupPolicy = 'delete', retentionMs } of specs) {
      assertLegalName('topic', name);
      const known = changed.get(name) ?? this.#topics.get(name);
      if (known !== undefined && known.partitions !== partitions) {
        throw new MillraceError('MILL_TOPIC_MISMATCH', `Topic ${name} has ${known.partitions} partitions, and ${partitions} are asked for.`);
      }
      const stored = storedSchema.safeParse({ id: known?.id ?? nextId, partitions, cleanupPolicy, retentionMs });
      if (!stored.success) throw new MillraceError('MILL_CONFIG_INVALID', `Topic ${name}: ${z.prettifyError(stored.error)}`);
      if (known === undefined) nextId++;
      if (known?.cleanupPolicy !== cleanupPolicy || known.retentionMs !== retentionMs) changed.set(name, stored.data);
    }
    const ops = [...changed].map(([name, stored]): WriteOp => ({ type: 'put', key: topicKey(name), value: Buffer.from(JSON.stringify(stored)) }));
    await this.#backend.write(ops, { sync: true });
    for (const [name, stored] of changed) {
      const logs = this.#topics.get(name)?.logs;
      this.#topics.set(name, logs === undefined ? await openTopic(this.#backend, name, stored) : { ...stored, name, logs });
    }
  }
}
