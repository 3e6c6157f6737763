/**
 * Membership of a group by Kafka's classic protocol, with nothing else in it: no records are read through it.
 *
 * kafkajs' own consumer is not used: it sends heartbeats only from its loop that reads records, ends and starts anew with
 * another member id for much that heals, and its end waits for a read under way.
 *
 *   joining --JoinGroup, (the leader assigns), SyncGroup--> member --heartbeats--> member
 *      ^  \ error: again, with pauses                         |
 *      |   \ refused for good: failed                         | rebalance, unknown member, no answer for the session time-out
 *      +------------------------ onRebalancing ---------------+
 */
import { MillraceError, type Positions } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type { Membership, MembershipOptions, PartitionsByTopic } from '../client.ts';
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from '../group-protocol.ts';
import { Coordinator } from './coordinator.ts';
import { isRetriable, kafkaError, kafkaErrorType, memberIdGiven } from './errors.ts';
import type { Lane, Nodes } from './nodes.ts';
import { offsetsByTopic } from './offsets.ts';

interface JoinAnswer {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  /** Told to the leader only. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

interface SyncAnswer {
  readonly memberAssignment: Buffer;
}

const PROTOCOL_TYPE = 'consumer';
const FIRST_DELAY_MS = 20;
const MAX_DELAY_MS = 1_000;
const LEAVE_MS = 2_000;
const NO_MEMBER = '';

/** The member is to join again, under its id. */
const REBALANCE_TYPES: ReadonlySet<string | undefined> = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION']);
const UNKNOWN_MEMBER = 'UNKNOWN_MEMBER_ID';

export interface MemberConnection {
  readonly nodes: Nodes;
  /** Where a join may wait for the other members for long. */
  readonly lane: Lane;
  /** For commits and the farewell. */
  readonly sideLane: Lane;
  readonly options: CompiledConnectionOptions;
}

export async function joinGroup(connection: MemberConnection, options: MembershipOptions): Promise<Membership> {
  const member = new Member(connection, options);
  await member.start();
  return member;
}

class Member implements Membership {
  readonly #connection: MemberConnection;
  readonly #options: MembershipOptions;
  readonly #coordinator: Coordinator;
  #memberId = NO_MEMBER;
  #generationId = -1;
  #joined = false;
  #left = false;
  #wake: () => void = () => undefined;

  constructor(connection: MemberConnection, options: MembershipOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#coordinator = new Coordinator(connection.nodes, 'group', options.groupId);
  }

  /** Resolves when it has its first assignment; then it goes on by itself. */
  async start(): Promise<void> {
    try {
      await this.#join(Date.now() + this.#connection.options.deliveryTimeoutMs);
    } catch (error) {
      await this.leave();
      throw kafkaError(error, `Group ${this.#options.groupId} cannot be joined`);
    }
    void this.#live();
  }

  async commit(positions: Positions): Promise<void> {
    const { groupId } = this.#options;
    if (this.#left || this.#memberId === NO_MEMBER) throw new MillraceError('MILL_FENCED', `Group ${groupId} knows this member no more.`);
    if (positions.size === 0) return;
    const body = { groupId, groupGenerationId: this.#generationId, memberId: this.#memberId, topics: offsetsByTopic(positions) };
    try {
      await this.#coordinator.call(this.#connection.sideLane, 'OffsetCommit', body, { forMs: this.#connection.options.deliveryTimeoutMs });
    } catch (error) {
      const type = kafkaErrorType(error);
      const code = type === UNKNOWN_MEMBER ? 'MILL_FENCED' : REBALANCE_TYPES.has(type) ? 'MILL_REBALANCING' : undefined;
      throw kafkaError(error, `The offsets of group ${groupId} cannot be committed`, code);
    }
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#wake();
    const { groupId } = this.#options;
    const memberId = this.#memberId;
    if (memberId !== NO_MEMBER) {
      // Where it is not heard, the group waits for the session time-out.
      await this.#coordinator.call(this.#connection.sideLane, 'LeaveGroup', { groupId, memberId }, { forMs: LEAVE_MS }).catch(() => undefined);
    }
    this.#connection.nodes.closeLane(this.#connection.lane);
    this.#connection.nodes.closeLane(this.#connection.sideLane);
  }

  async #live(): Promise<void> {
    try {
      while (!this.#isOver()) {
        await this.#beat();
        if (this.#isOver()) return;
        this.#options.onRebalancing();
        await this.#join(Number.POSITIVE_INFINITY);
      }
    } catch (error) {
      if (this.#isOver()) return;
      await this.leave();
      this.#options.onFailed(kafkaError(error, `Group ${this.#options.groupId} cannot be joined again`));
    }
  }

  #isOver(): boolean {
    return this.#left || this.#connection.nodes.isClosed;
  }

  /** Until the membership is interrupted. */
  async #beat(): Promise<void> {
    const { groupId, heartbeatIntervalMs, sessionTimeoutMs } = this.#options;
    for (let lastBeat = Date.now(); ;) {
      await this.#pause(heartbeatIntervalMs);
      if (this.#isOver()) return;
      try {
        await this.#coordinator.once(this.#connection.lane, 'Heartbeat', { groupId, groupGenerationId: this.#generationId, memberId: this.#memberId }, sessionTimeoutMs);
        lastBeat = Date.now();
      } catch (error) {
        if (REBALANCE_TYPES.has(kafkaErrorType(error))) return;
        if (kafkaErrorType(error) === UNKNOWN_MEMBER) {
          this.#memberId = NO_MEMBER;
          return;
        }
        if (!isRetriable(error)) throw error;
        if (Date.now() - lastBeat > sessionTimeoutMs) return;
      }
    }
  }

  async #join(until: number): Promise<void> {
    for (let delay = FIRST_DELAY_MS; !this.#isOver(); delay = Math.min(delay * 2, MAX_DELAY_MS)) {
      try {
        const assigned = await this.#joinOnce();
        if (assigned === undefined) continue;
        const { generationId, partitions } = assigned;
        this.#joined = true;
        // At once before the assignment is told: a commit in between would be of a generation that the committer does not know.
        this.#generationId = generationId;
        this.#options.onAssigned({ memberId: this.#memberId, partitions });
        return;
      } catch (error) {
        const type = kafkaErrorType(error);
        if (type === UNKNOWN_MEMBER) this.#memberId = NO_MEMBER;
        else if (!REBALANCE_TYPES.has(type) && (!isRetriable(error) || Date.now() > until)) throw error;
      }
      await this.#pause(delay);
    }
    if (!this.#joined) throw new MillraceError('MILL_CLOSED', 'The Kafka client is closed.');
  }

  /** `undefined`: it has been given an id to join with. */
  async #joinOnce(): Promise<{ readonly generationId: number; readonly partitions: PartitionsByTopic } | undefined> {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, protocol, topics, userData } = this.#options;
    const metadata = encodeSubscription({ topics, userData: userData() });
    let joined: JoinAnswer;
    try {
      joined = await this.#coordinator.once<JoinAnswer>(this.#connection.lane, 'JoinGroup', {
        groupId, sessionTimeout: sessionTimeoutMs, rebalanceTimeout: rebalanceTimeoutMs, memberId: this.#memberId, protocolType: PROTOCOL_TYPE,
        groupProtocols: [{ name: protocol, metadata }],
      });
    } catch (error) {
      const given = memberIdGiven(error);
      if (given === undefined) throw error;
      this.#memberId = given;
      return undefined;
    }
    const { generationId, memberId } = joined;
    this.#memberId = memberId;
    const groupAssignment = joined.leaderId === memberId ? await this.#assign(joined) : [];
    const answer = await this.#coordinator.once<SyncAnswer>(this.#connection.lane, 'SyncGroup', { groupId, generationId, memberId, groupAssignment }, rebalanceTimeoutMs + sessionTimeoutMs);
    return { generationId, partitions: decodeAssignment(answer.memberAssignment) };
  }

  async #assign({ members }: JoinAnswer): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    const assigned = await this.#options.assign(members.map(({ memberId, memberMetadata }) => ({ memberId, ...decodeSubscription(memberMetadata) })));
    return members.map(({ memberId }) => ({ memberId, memberAssignment: encodeAssignment(assigned.get(memberId) ?? new Map<string, number[]>()) }));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}
