/** Groups as their coordinators know them. */
import type Broker from 'kafkajs/src/broker/index.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';
import { MillraceError, topicPartitionKey, type Positions } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type { GroupMemberDescription } from '../client.ts';
import { decodeAssignment, decodeSubscription } from '../group-protocol.ts';
import { Coordinator } from './coordinator.ts';
import { kafkaError } from './errors.ts';
import { call, SHARED, type Nodes } from './nodes.ts';
import { fetchOffsets } from './offset-fetch.ts';
import type { Topics } from './topics.ts';

interface GroupsAnswer {
  readonly groups: readonly {
    readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer; readonly memberAssignment: Buffer }[];
  }[];
}

const UNSTABLE_OFFSET_COMMIT = 88;

export class Groups {
  readonly #nodes: Nodes;
  readonly #topics: Topics;
  readonly #options: CompiledConnectionOptions;

  constructor(nodes: Nodes, topics: Topics, options: CompiledConnectionOptions) {
    this.#nodes = nodes;
    this.#topics = topics;
    this.#options = options;
  }

  /** While a transaction commits an offset, that offset is waited for, and it only: each partition is taken as soon as it is stable. */
  async offsets(groupId: string, topics: readonly string[]): Promise<Positions> {
    const described = await this.#topics.describe(topics);
    const left = new Map(described.map(({ topic, leaders }) => [topic, new Set(leaders.keys())]));
    const positions = new Map<string, number>();
    if (left.size === 0) return positions;
    await this.#ask(groupId, `The offsets of group ${groupId} cannot be read`, async (broker) => {
      const asked = [...left].filter(([, partitions]) => partitions.size > 0).map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
      const { errorCode, offsets } = await fetchOffsets(broker, groupId, asked);
      if (errorCode !== 0) throw createErrorFromCode(errorCode);
      for (const { topic, partition, offset, errorCode: partitionError } of offsets) {
        if (partitionError === UNSTABLE_OFFSET_COMMIT) continue;
        if (partitionError !== 0) throw createErrorFromCode(partitionError);
        if (offset >= 0) positions.set(topicPartitionKey({ topic, partition }), offset);
        left.get(topic)?.delete(partition);
      }
      if ([...left.values()].some(({ size }) => size > 0)) throw new MillraceError('MILL_KAFKA_UNAVAILABLE', 'a transaction is committing some of them');
    });
    return positions;
  }

  async describe(groupId: string): Promise<readonly GroupMemberDescription[]> {
    const { groups: [group] } = await this.#ask(groupId, `Group ${groupId} cannot be described`, (broker) => call<GroupsAnswer>(broker, 'DescribeGroups', { groupIds: [groupId] }));
    return (group?.members ?? []).map(({ memberId, memberMetadata, memberAssignment }) =>
      ({ memberId, userData: decodeSubscription(memberMetadata).userData, partitions: decodeAssignment(memberAssignment) }));
  }

  async #ask<Answer>(groupId: string, what: string, request: (broker: Broker) => Promise<Answer>): Promise<Answer> {
    try {
      return await new Coordinator(this.#nodes, 'group', groupId).ask(SHARED, request, { forMs: this.#options.deliveryTimeoutMs });
    } catch (error) {
      throw kafkaError(error, what);
    }
  }
}
