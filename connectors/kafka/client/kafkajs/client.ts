/** The KafkaClient port on kafkajs. */
import { MillraceError, type Positions } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type {
  FetchOptions, FetchPosition, FetchedPartition, GroupMemberDescription, IsolationLevel, KafkaClient, KafkaProducer, Membership, MembershipOptions, NewTopic,
  TopicDescription, TransactionalProducer,
} from '../client.ts';
import { Fetcher } from './fetch.ts';
import { Groups } from './groups.ts';
import { joinGroup } from './membership.ts';
import { Nodes } from './nodes.ts';
import { IdempotentProducer } from './producer.ts';
import { retrying } from './retry.ts';
import { Topics } from './topics.ts';
import { openTransactions } from './transactions.ts';

/** @throws MillraceError MILL_KAFKA_UNAVAILABLE when no broker answers within the connection time-out, MILL_KAFKA_AUTH when they refuse the login */
export async function openKafkajsClient(options: CompiledConnectionOptions): Promise<KafkaClient> {
  const nodes = new Nodes(options);
  try {
    await retrying('Kafka cannot be reached', options.connectionTimeoutMs, () => nodes.isClosed, () => nodes.metadata([]));
  } catch (error) {
    nodes.close();
    throw error;
  }
  return new KafkajsClient(nodes, options);
}

class KafkajsClient implements KafkaClient {
  readonly #nodes: Nodes;
  readonly #options: CompiledConnectionOptions;
  readonly #topics: Topics;
  readonly #groups: Groups;
  readonly #fetcher: Fetcher;
  #lanes = 0;

  constructor(nodes: Nodes, options: CompiledConnectionOptions) {
    this.#nodes = nodes;
    this.#options = options;
    this.#topics = new Topics(nodes, options);
    this.#groups = new Groups(nodes, this.#topics, options);
    this.#fetcher = new Fetcher(nodes);
  }

  describeTopics(topics: readonly string[]): Promise<readonly TopicDescription[]> {
    return this.#topics.describe(topics);
  }

  createTopics(topics: readonly NewTopic[]): Promise<void> {
    return this.#topics.create(topics);
  }

  topicConfigs(topic: string, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
    return this.#topics.configs(topic, names);
  }

  deleteTopics(topics: readonly string[]): Promise<void> {
    return this.#topics.delete(topics);
  }

  deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    return this.#topics.deleteRecords(topic, before);
  }

  offsets(topic: string, at: 'earliest' | 'latest', isolation: IsolationLevel): Promise<readonly number[]> {
    return this.#topics.offsets(topic, at, isolation);
  }

  groupOffsets(groupId: string, topics: readonly string[]): Promise<Positions> {
    return this.#groups.offsets(groupId, topics);
  }

  describeGroup(groupId: string): Promise<readonly GroupMemberDescription[]> {
    return this.#groups.describe(groupId);
  }

  fetch(node: number, positions: readonly FetchPosition[], options: FetchOptions): Promise<readonly FetchedPartition[]> {
    return this.#fetcher.fetch(node, positions, options);
  }

  async producer(): Promise<KafkaProducer> {
    return new IdempotentProducer(this.#nodes, this.#topics, this.#newLane(), this.#options);
  }

  transactionalProducer(transactionalId: string, { timeoutMs }: { readonly timeoutMs: number }): Promise<TransactionalProducer> {
    return openTransactions({ nodes: this.#nodes, topics: this.#topics, lane: this.#newLane(), transactionalId, timeoutMs, connection: this.#options });
  }

  joinGroup(options: MembershipOptions): Promise<Membership> {
    if (this.#nodes.isClosed) return Promise.reject(new MillraceError('MILL_CLOSED', 'The Kafka client is closed.'));
    return joinGroup({ nodes: this.#nodes, lane: this.#newLane(), sideLane: this.#newLane(), options: this.#options }, options);
  }

  async close(): Promise<void> {
    this.#nodes.close();
  }

  #newLane(): string {
    this.#lanes += 1;
    return `lane-${this.#lanes}`;
  }
}
