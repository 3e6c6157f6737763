/** A client whose group does what a test says: rebalances, refusals and failures that a broker shows only by chance. */
import type { GroupMemberDescription, KafkaClient, Membership, MembershipOptions } from '../../../../connectors/kafka/client/index.ts';
import { MillraceError } from '../../../../connectors/ports/index.ts';
import type { Positions } from '../../../../connectors/ports/index.ts';

export class ScriptedMembership implements Membership {
  readonly options: MembershipOptions;
  /** What each next commit meets; absent: it is taken. */
  readonly answers: (MillraceError | (() => void))[] = [];
  readonly committed: Positions[] = [];
  left = false;

  constructor(options: MembershipOptions) {
    this.options = options;
  }

  /** Of topic `in`. */
  assign(memberId: string, ...partitions: number[]): void {
    this.options.onAssigned({ memberId, partitions: new Map([['in', partitions]]) });
  }

  async commit(positions: Positions): Promise<void> {
    const answer = this.answers.shift();
    if (answer instanceof MillraceError) throw answer;
    answer?.();
    this.committed.push(positions);
  }

  async leave(): Promise<void> {
    this.left = true;
  }
}

export class ScriptedClient {
  readonly memberships: ScriptedMembership[] = [];
  /** What each next join meets, before its member is in. */
  readonly onJoin: ((membership: ScriptedMembership) => void | Promise<void>)[] = [];
  group: GroupMemberDescription[] = [];
  joins = 0;

  get membership(): ScriptedMembership {
    const newest = this.memberships.at(-1);
    if (newest === undefined) throw new Error('nobody has joined');
    return newest;
  }

  /** As a client; what is not of groups is not there. */
  get client(): KafkaClient {
    const { joinGroup, describeGroup } = this;
    const part: Pick<KafkaClient, 'joinGroup' | 'describeGroup'> = { joinGroup, describeGroup };
    return part as KafkaClient;
  }

  readonly joinGroup = async (options: MembershipOptions): Promise<Membership> => {
    this.joins += 1;
    const membership = new ScriptedMembership(options);
    await this.onJoin.shift()?.(membership);
    this.memberships.push(membership);
    return membership;
  };

  readonly describeGroup = async (): Promise<readonly GroupMemberDescription[]> => this.group;
}
