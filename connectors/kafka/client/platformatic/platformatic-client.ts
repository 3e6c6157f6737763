/** The KafkaClient port on @platformatic/kafka. */
import type { Positions } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type {
  FetchedPartition, FetchOptions, FetchPosition, GroupMemberDescription, IsolationLevel, KafkaClient, KafkaProducer, Membership, MembershipOptions, NewTopic,
  TopicDescription, TransactionalProducer,
} from '../client.ts';
import { retry } from '../retry.ts';
import { Cluster } from './cluster.ts';
import { ERROR_RULES } from './failures.ts';
import { Fetcher } from './fetch.ts';
import { describeGroup, groupOffsets, offsets } from './groups.ts';
import { loadLibrary } from './library.ts';
import { withListenerHint } from './listener-hint.ts';
import { GroupMembership } from './membership.ts';
import { IdempotentProducer } from './producer.ts';
import { createTopics, deleteRecords, deleteTopics, describeTopics, topicConfigs } from './topics.ts';
import { PlatformaticTransactionalProducer } from './transactional-producer.ts';

class PlatformaticClient implements KafkaClient {
  readonly #cluster: Cluster;
  readonly #fetcher: Fetcher;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#fetcher = new Fetcher(cluster);
  }

  describeTopics(topics: readonly string[]): Promise<readonly TopicDescription[]> {
    return describeTopics(this.#cluster, topics);
  }

  createTopics(topics: readonly NewTopic[]): Promise<void> {
    return createTopics(this.#cluster, topics);
  }

  topicConfigs(topic: string, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
    return topicConfigs(this.#cluster, topic, names);
  }

  deleteTopics(topics: readonly string[]): Promise<void> {
    return deleteTopics(this.#cluster, topics);
  }

  deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    return deleteRecords(this.#cluster, topic, before);
  }

  offsets(topic: string, at: 'earliest' | 'latest', isolation: IsolationLevel): Promise<readonly number[]> {
    return offsets(this.#cluster, topic, at, isolation);
  }

  groupOffsets(groupId: string, topics: readonly string[]): Promise<Positions> {
    return groupOffsets(this.#cluster, groupId, topics);
  }

  describeGroup(groupId: string): Promise<readonly GroupMemberDescription[]> {
    return describeGroup(this.#cluster, groupId);
  }

  fetch(node: number, positions: readonly FetchPosition[], options: FetchOptions): Promise<readonly FetchedPartition[]> {
    return this.#fetcher.fetch(node, positions, options);
  }

  producer(): Promise<KafkaProducer> {
    return IdempotentProducer.open(this.#cluster);
  }

  transactionalProducer(transactionalId: string, { timeoutMs }: { readonly timeoutMs: number }): Promise<TransactionalProducer> {
    return PlatformaticTransactionalProducer.open(this.#cluster, transactionalId, timeoutMs);
  }

  joinGroup(options: MembershipOptions): Promise<Membership> {
    return GroupMembership.join(this.#cluster, options);
  }

  async close(): Promise<void> {
    await Promise.all([this.#fetcher.close(), this.#cluster.close()]);
  }
}

/** Resolves when the cluster has answered. @throws MillraceError MILL_KAFKA_UNAVAILABLE when no broker does within the connection time-out */
export async function openPlatformaticClient(options: CompiledConnectionOptions): Promise<KafkaClient> {
  const library = await loadLibrary();
  const cluster = new Cluster(library, options);
  try {
    await retry(() => cluster.metadata([]), ERROR_RULES, { what: `Connecting to ${options.brokers.join(', ')}`, timeoutMs: options.connectionTimeoutMs });
  } catch (error) {
    await cluster.close();
    throw withListenerHint(error, options);
  }
  return new PlatformaticClient(cluster);
}
