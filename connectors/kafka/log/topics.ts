/** The topics as the cluster has them: partition counts, the largest record that each takes, and how they are made. */
import { MillraceError } from '../../ports/index.ts';
import type { TopicSpec } from '../../ports/index.ts';
import type { KafkaClient, NewTopic } from '../client/index.ts';
import { maxMessageBytesOf, maxRecordBytesOf } from './record-size.ts';

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly maxRecordBytes: number;
}

const FOR_EVER = -1;

/** Kafka's rule for topics and groups. */
export function assertLegalName(kind: string, name: string): void {
  if (/^[\w.-]{1,249}$/.test(name) && name !== '.' && name !== '..') return;
  throw new MillraceError('MILL_CONFIG_INVALID', `${JSON.stringify(name)} is no legal ${kind}: use up to 249 letters, digits, dots, underscores and hyphens.`);
}

function assertLegalSpec({ topic, partitions, retentionMs }: TopicSpec): void {
  assertLegalName('topic', topic);
  if (!Number.isInteger(partitions) || partitions < 1) throw new MillraceError('MILL_CONFIG_INVALID', `Topic ${topic} must have at least one partition, and not ${partitions}.`);
  if (retentionMs !== undefined && (!Number.isSafeInteger(retentionMs) || retentionMs < 1)) throw new MillraceError('MILL_CONFIG_INVALID', `Topic ${topic} cannot have a retention of ${retentionMs} ms.`);
}

function newTopic({ topic, partitions, cleanupPolicy = 'delete', retentionMs = FOR_EVER, maxRecordBytes }: TopicSpec, replicationFactor: number | undefined): NewTopic {
  return {
    topic,
    partitions,
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    configs: {
      'cleanup.policy': cleanupPolicy,
      'retention.ms': String(retentionMs),
      ...(maxRecordBytes === undefined ? {} : { 'max.message.bytes': String(maxMessageBytesOf(maxRecordBytes)) }),
    },
  };
}

/**
 * A topic that was there before, and would remove records that the caller counts on, is refused. Where the caller asks
 * for nothing in particular it takes what there is.
 */
function assertKeeps({ topic, cleanupPolicy, retentionMs }: TopicSpec, configs: Readonly<Record<string, string>>): void {
  const refuse = (name: string, found: string, wanted: string): never => {
    throw new MillraceError('MILL_TOPIC_MISMATCH', `Topic ${topic} has ${name}=${found}, and ${wanted} is needed.`, { hint: `Set ${name} of the topic, or remove the topic if nothing in it is needed.` });
  };
  const found = configs['cleanup.policy'] ?? 'delete';
  const policies = new Set(found.split(',').map((policy) => policy.trim()));
  const deletes = policies.has('delete');
  if (cleanupPolicy !== undefined) {
    const compacts = cleanupPolicy !== 'delete';
    if (policies.has('compact') !== compacts || (deletes && cleanupPolicy === 'compact')) refuse('cleanup.policy', found, cleanupPolicy);
  }
  const keptMs = Number(configs['retention.ms'] ?? FOR_EVER);
  if (deletes && retentionMs !== undefined && keptMs !== FOR_EVER && keptMs < retentionMs) refuse('retention.ms', String(keptMs), `at least ${retentionMs}`);
}

export class TopicTable {
  readonly #client: KafkaClient;
  readonly #replicationFactor: number | undefined;
  readonly #topics = new Map<string, Topic>();

  constructor(client: KafkaClient, replicationFactor: number | undefined) {
    this.#client = client;
    this.#replicationFactor = replicationFactor;
  }

  /** Of all topics that were asked for. */
  get names(): readonly string[] {
    return [...this.#topics.keys()];
  }

  find(topic: string): Topic | undefined {
    return this.#topics.get(topic);
  }

  /** Call `know` first. */
  get(topic: string): Topic {
    const known = this.#topics.get(topic);
    if (known === undefined) throw new MillraceError('MILL_TOPIC_MISMATCH', `There is no topic ${topic}.`, { hint: 'Create it first, with ensureTopics.' });
    return known;
  }

  /** Asks the cluster for topics that were not seen yet; `get` tells what is still missing. */
  async know(topics: Iterable<string>): Promise<void> {
    const unknown = [...new Set(topics)].filter((topic) => !this.#topics.has(topic));
    if (unknown.length > 0) await this.refresh(unknown);
  }

  async refresh(topics: readonly string[]): Promise<void> {
    const described = await this.#client.describeTopics(topics);
    const found = new Set(described.map(({ topic }) => topic));
    for (const topic of topics) if (!found.has(topic)) this.#topics.delete(topic);
    await Promise.all(described.map(async ({ topic, leaders }) => {
      const configs = await this.#client.topicConfigs(topic, ['max.message.bytes']);
      this.#topics.set(topic, { name: topic, partitions: leaders.length, maxRecordBytes: maxRecordBytesOf(Number(configs['max.message.bytes'])) });
    }));
  }

  /** @throws MillraceError MILL_TOPIC_MISMATCH, MILL_CONFIG_INVALID */
  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    for (const spec of specs) assertLegalSpec(spec);
    if (specs.length === 0) return;
    const names = [...new Set(specs.map(({ topic }) => topic))];
    await this.refresh(names);
    const missing = specs.filter(({ topic }) => !this.#topics.has(topic));
    await Promise.all(specs.filter((spec) => this.#topics.has(spec.topic)).map((spec) => this.#check(spec)));
    if (missing.length === 0) return;
    await this.#client.createTopics(missing.map((spec) => newTopic(spec, this.#replicationFactor)));
    await this.refresh(missing.map(({ topic }) => topic));
    // Another instance may have been quicker, with other counts.
    await Promise.all(missing.map((spec) => this.#check(spec)));
  }

  async #check(spec: TopicSpec): Promise<void> {
    const { topic, partitions, cleanupPolicy, retentionMs } = spec;
    const found = this.get(topic).partitions;
    if (found !== partitions) throw new MillraceError('MILL_TOPIC_MISMATCH', `Topic ${topic} has ${found} partitions, and ${partitions} are asked for.`);
    if (cleanupPolicy !== undefined || retentionMs !== undefined) assertKeeps(spec, await this.#client.topicConfigs(topic, ['cleanup.policy', 'retention.ms']));
  }
}
