/** Topics: what there is, where it lies, and from which offset to which. */
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type { IsolationLevel, NewTopic, TopicDescription } from '../client.ts';
import { isRetriable, kafkaError, kafkaErrorType } from './errors.ts';
import { ask, SHARED, type Nodes } from './nodes.ts';
import { retrying } from './retry.ts';

interface TopicErrors {
  readonly topicErrors: readonly { readonly topic: string; readonly errorCode: number; readonly errorMessage?: string | null }[];
}

interface ConfigAnswer {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}

interface DeletedAnswer {
  readonly topics: readonly { readonly partitions: readonly { readonly errorCode: number }[] }[];
}

interface OffsetAnswer {
  readonly responses: readonly { readonly partitions: readonly { readonly partition: number; readonly errorCode: number; readonly offset: string }[] }[];
}

const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';
/** The partition is there; its leader is named, or -1, all the same. */
const LEADER_ERRORS: ReadonlySet<string | undefined> = new Set(['LEADER_NOT_AVAILABLE', 'REPLICA_NOT_AVAILABLE', 'LISTENER_NOT_FOUND']);
const TOPIC_RESOURCE = 2;
const TIMES = { earliest: -2, latest: -1 } as const;
const NO_REPLICA = -1;

/** What the whole cluster may not know yet, for a moment after a change. */
const notYet = (message: string): MillraceError => new MillraceError('MILL_KAFKA_UNAVAILABLE', message);

export class Topics {
  readonly #nodes: Nodes;
  readonly #options: CompiledConnectionOptions;

  constructor(nodes: Nodes, options: CompiledConnectionOptions) {
    this.#nodes = nodes;
    this.#options = options;
  }

  describe(topics: readonly string[]): Promise<readonly TopicDescription[]> {
    return topics.length === 0 ? Promise.resolve([]) : this.#retrying(`Topics ${topics.join(', ')} cannot be described`, () => this.describeNow(topics));
  }

  async create(topics: readonly NewTopic[]): Promise<void> {
    if (topics.length === 0) return;
    const names = topics.map(({ topic }) => topic);
    await this.#retrying(`Topics ${names.join(', ')} cannot be created`, async () => {
      const body = topics.map(({ topic, partitions, replicationFactor, configs }) => ({
        topic, numPartitions: partitions, ...(replicationFactor !== undefined && { replicationFactor }),
        configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
      }));
      await this.#onTopics('CreateTopics', { topics: body }, 'TOPIC_ALREADY_EXISTS');
    });
    await this.#retrying(`Topics ${names.join(', ')} have no leaders yet`, async () => {
      const described = await this.describeNow(names);
      const ready = described.length === names.length && described.every(({ leaders }) => leaders.length > 0 && leaders.every((leader) => leader >= 0));
      if (!ready) throw notYet('the brokers are still told of them');
    });
  }

  async delete(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    await this.#retrying(`Topics ${topics.join(', ')} cannot be deleted`, () => this.#onTopics('DeleteTopics', { topics }, UNKNOWN_TOPIC));
    await this.#retrying(`Topics ${topics.join(', ')} are still being deleted`, async () => {
      if ((await this.describeNow(topics)).length > 0) throw notYet('the brokers still know of them');
    });
  }

  deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    return this.#retrying(`Records of topic ${topic} cannot be deleted`, () => this.#onLeaders(topic, [...before.keys()], async (leader, partitions) => {
      const body = {
        topics: [{ topic, partitions: partitions.map((partition) => ({ partition, offset: before.get(partition) ?? 0 })) }],
        timeout: this.#options.requestTimeoutMs,
      };
      const { topics } = await this.#nodes.on(leader, SHARED, (broker) => ask<DeletedAnswer>(broker, 'DeleteRecords', body));
      for (const { errorCode } of topics.flatMap((answer) => answer.partitions)) if (errorCode !== 0) throw createErrorFromCode(errorCode);
    }));
  }

  configs(topic: string, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const what = `The configs of topic ${topic} cannot be read`;
    return this.#retrying(what, async () => {
      const resources = [{ type: TOPIC_RESOURCE, name: topic, configNames: names }];
      const { resources: [resource] } = await this.#nodes.onAny((broker) => ask<ConfigAnswer>(broker, 'DescribeConfigs', { resources }));
      if (resource !== undefined && resource.errorCode !== 0) throw createErrorFromCode(resource.errorCode);
      return Object.fromEntries((resource?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue ?? '']));
    });
  }

  offsets(topic: string, at: 'earliest' | 'latest', isolation: IsolationLevel): Promise<readonly number[]> {
    return this.#retrying(`The ${at} offsets of topic ${topic} cannot be read`, async () => {
      const offsets: number[] = [];
      await this.#onLeaders(topic, undefined, async (leader, partitions) => {
        const body = {
          replicaId: NO_REPLICA, isolationLevel: isolation === 'read_committed' ? 1 : 0,
          topics: [{ topic, partitions: partitions.map((partition) => ({ partition, timestamp: TIMES[at] })) }],
        };
        const { responses } = await this.#nodes.on(leader, SHARED, (broker) => ask<OffsetAnswer>(broker, 'ListOffsets', body));
        for (const { partition, errorCode, offset } of responses.flatMap((response) => response.partitions)) {
          if (errorCode !== 0) throw createErrorFromCode(errorCode);
          offsets[partition] = Number(offset);
        }
      });
      return offsets;
    });
  }

  /** At the same time on each leader, with its partitions. @param of `undefined`: all */
  async #onLeaders(topic: string, of: readonly number[] | undefined, use: (leader: number, partitions: readonly number[]) => Promise<void>): Promise<void> {
    const [description] = await this.describeNow([topic]);
    if (description === undefined) throw notYet(`topic ${topic} does not exist`);
    const byLeader = new Map<number, number[]>();
    for (const partition of of ?? description.leaders.keys()) {
      const leader = description.leaders[partition] ?? -1;
      if (leader < 0) throw notYet(`partition ${partition} has no leader`);
      byLeader.set(leader, [...byLeader.get(leader) ?? [], partition]);
    }
    await Promise.all([...byLeader].map(([leader, partitions]) => use(leader, partitions)));
  }

  /** Without another try. */
  async describeNow(topics: readonly string[]): Promise<readonly TopicDescription[]> {
    const { topicMetadata } = await this.#nodes.metadata(topics);
    return topicMetadata.flatMap(({ topic, topicErrorCode, partitionMetadata }) => {
      if (topicErrorCode !== 0) {
        const error = createErrorFromCode(topicErrorCode);
        const type = kafkaErrorType(error);
        if (type === UNKNOWN_TOPIC) return [];
        if (!LEADER_ERRORS.has(type)) throw error;
      }
      const leaders: number[] = [];
      for (const { partitionId, leader } of partitionMetadata) leaders[partitionId] = leader;
      return [{ topic, leaders }];
    });
  }

  async #onTopics(api: 'CreateTopics' | 'DeleteTopics', body: object, fine: string): Promise<void> {
    const timeout = this.#options.requestTimeoutMs;
    const { topicErrors } = await this.#nodes.onAny((broker) => ask<TopicErrors>(broker, api, { ...body, timeout }));
    for (const { topic, errorCode, errorMessage } of topicErrors) {
      if (errorCode === 0) continue;
      const error = createErrorFromCode(errorCode);
      if (kafkaErrorType(error) === fine) continue;
      if (isRetriable(error)) throw error;
      throw kafkaError(error, `${topic}${errorMessage === undefined || errorMessage === null ? '' : ` (${errorMessage})`}`);
    }
  }

  #retrying<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    return retrying(what, this.#options.deliveryTimeoutMs, () => this.#nodes.isClosed, attempt);
  }
}
