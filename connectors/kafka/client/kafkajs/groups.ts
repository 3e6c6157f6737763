/** Groups as their coordinators know them. */
import { AssignerProtocol } from 'kafkajs';
import { topicPartitionKey, type Positions } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type { GroupMemberDescription, PartitionsByTopic } from '../client.ts';
import { Coordinator } from './coordinator.ts';
import { kafkaError } from './errors.ts';
import { SHARED, type Nodes } from './nodes.ts';
import type { Topics } from './topics.ts';

interface CommittedAnswer {
  readonly responses: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[];
}

interface GroupsAnswer {
  readonly groups: readonly {
    readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer; readonly memberAssignment: Buffer }[];
  }[];
}

const NOTHING = Buffer.alloc(0);

/** While a group is being rebalanced its members have no metadata. */
const userDataOf = (metadata: Buffer): Buffer => (metadata.length === 0 ? NOTHING : AssignerProtocol.MemberMetadata.decode(metadata)?.userData ?? NOTHING);

/** Empty until a member has been given something. */
export const partitionsOf = (assignment: Buffer): PartitionsByTopic =>
  new Map(Object.entries(assignment.length === 0 ? {} : AssignerProtocol.MemberAssignment.decode(assignment)?.assignment ?? {}));

export class Groups {
  readonly #nodes: Nodes;
  readonly #topics: Topics;
  readonly #options: CompiledConnectionOptions;

  constructor(nodes: Nodes, topics: Topics, options: CompiledConnectionOptions) {
    this.#nodes = nodes;
    this.#topics = topics;
    this.#options = options;
  }

  async offsets(groupId: string, topics: readonly string[]): Promise<Positions> {
    const described = await this.#topics.describe(topics);
    const asked = described.map(({ topic, leaders }) => ({ topic, partitions: leaders.map((_, partition) => ({ partition })) }));
    if (asked.length === 0) return new Map();
    const { responses } = await this.#call<CommittedAnswer>(groupId, `The offsets of group ${groupId} cannot be read`, 'OffsetFetch', { groupId, topics: asked });
    const positions = new Map<string, number>();
    for (const { topic, partitions } of responses) {
      for (const { partition, offset } of partitions) if (Number(offset) >= 0) positions.set(topicPartitionKey({ topic, partition }), Number(offset));
    }
    return positions;
  }

  async describe(groupId: string): Promise<readonly GroupMemberDescription[]> {
    const { groups: [group] } = await this.#call<GroupsAnswer>(groupId, `Group ${groupId} cannot be described`, 'DescribeGroups', { groupIds: [groupId] });
    return (group?.members ?? []).map(({ memberId, memberMetadata, memberAssignment }) =>
      ({ memberId, userData: userDataOf(memberMetadata), partitions: partitionsOf(memberAssignment) }));
  }

  async #call<Answer>(groupId: string, what: string, api: string, body: object): Promise<Answer> {
    try {
      return await new Coordinator(this.#nodes, 'group', groupId).call<Answer>(SHARED, api, body, { forMs: this.#options.deliveryTimeoutMs });
    } catch (error) {
      throw kafkaError(error, what);
    }
  }
}
