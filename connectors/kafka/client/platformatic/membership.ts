/**
 * A member of a classic group that reads nothing through it.
 *
 *     joining: JoinGroup -> SyncGroup -> onAssigned -> stable: heartbeats -> rebalance? -> onRebalancing -> joining
 *                 ^-- unknown member: without its id                  \-- leave: LeaveGroup
 *
 * Commits name the generation that `onAssigned` told of last, so that nothing is committed for partitions that the
 * member has lost without knowing it yet.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError, type Positions } from '../../../ports/index.ts';
import type { Membership, MembershipOptions } from '../client.ts';
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from '../group-protocol.ts';
import { delayOf } from '../retry.ts';
import type { Cluster } from './cluster.ts';
import { CODE, isRetriable } from './error-codes.ts';
import { accept, isPassing, Refusal, toMillraceError } from './failures.ts';
import { committedOffsets } from './offsets.ts';
import type { Wire } from './wire.ts';

const PROTOCOL_TYPE = 'consumer';
/** On top of what the broker may wait for the other members. */
const JOIN_GRACE_MS = 5_000;

interface Generation {
  readonly memberId: string;
  readonly generation: number;
}

/** Of a callback: no fault of the cluster's that passes. */
const ownError = (error: unknown, what: string): MillraceError => (error instanceof MillraceError ? error : new MillraceError('MILL_KAFKA_FAILED', `${what}: ${String(error)}`, { cause: error }));

type JoinAnswer = Awaited<ReturnType<Cluster['library']['joinGroupV7']['api']['async']>>;

export class GroupMembership implements Membership {
  readonly #cluster: Cluster;
  readonly #options: MembershipOptions;
  /** JoinGroup and SyncGroup wait at the coordinator for the other members; what comes after them on a wire waits too. */
  readonly #joins: Wire;
  readonly #beats: Wire;
  readonly #leaving = new AbortController();
  #memberId = '';
  #assigned: Generation | undefined;
  #lastContactMs = Date.now();

  private constructor(cluster: Cluster, options: MembershipOptions) {
    this.#cluster = cluster;
    this.#options = options;
    const { requestTimeoutMs } = cluster.options;
    this.#joins = cluster.openWire(Math.max(requestTimeoutMs, options.rebalanceTimeoutMs) + JOIN_GRACE_MS);
    this.#beats = cluster.openWire(Math.min(requestTimeoutMs, options.sessionTimeoutMs));
  }

  /** Resolves when it has its first assignment. */
  static async join(cluster: Cluster, options: MembershipOptions): Promise<GroupMembership> {
    const member = new GroupMembership(cluster, options);
    await new Promise<void>((resolve, reject) => { void member.#run(resolve, reject); });
    return member;
  }

  async commit(positions: Positions): Promise<void> {
    const assigned = this.#assigned;
    const { groupId } = this.#options;
    if (this.#hasLeft() || assigned === undefined) throw new MillraceError('MILL_FENCED', `This member has left the group ${groupId}.`);
    if (positions.size === 0) return;
    const topics = committedOffsets(positions);
    await this.#cluster.coordinated('group', groupId, async (coordinator) => {
      const answer = await this.#beats.ask(coordinator, this.#cluster.library.offsetCommitV8.api, groupId, assigned.generation, assigned.memberId, null, topics);
      for (const { name, partitions } of answer.topics) {
        for (const { partitionIndex, errorCode } of partitions) accept(`${name}/${partitionIndex}`, errorCode);
      }
    }, { what: `Offsets of the group ${groupId}` });
  }

  async leave(): Promise<void> {
    if (this.#hasLeft()) return;
    this.#leaving.abort();
    await this.#sayGoodbye().catch(() => undefined); // Else the session time-out tells the group.
    await this.#close();
  }

  #hasLeft(): boolean {
    return this.#leaving.signal.aborted;
  }

  async #run(onFirst: () => void, onNever: (error: unknown) => void): Promise<void> {
    let first = true;
    for (let failures = 0; !this.#hasLeft();) {
      try {
        const { partitions, ...assigned } = await this.#join();
        if (this.#hasLeft()) return;
        failures = 0;
        this.#assigned = assigned;
        this.#options.onAssigned({ memberId: assigned.memberId, partitions });
        if (first) onFirst();
        first = false;
        await this.#beatUntilRebalance();
        if (this.#hasLeft()) return;
        this.#options.onRebalancing();
      } catch (error) {
        if (this.#hasLeft()) return;
        const delayMs = delayOf(failures++);
        const givenUp = Date.now() + delayMs > this.#lastContactMs + this.#cluster.options.deliveryTimeoutMs;
        if (isPassing(error) && !givenUp) {
          await this.#wait(delayMs);
          continue;
        }
        const failure = toMillraceError(error, `Group ${this.#options.groupId}`);
        this.#leaving.abort();
        if (!isPassing(error)) await this.#sayGoodbye().catch(() => undefined);
        await this.#close();
        if (first) onNever(failure); else this.#options.onFailed(failure);
      }
    }
  }

  async #join(): Promise<Generation & { partitions: ReturnType<typeof decodeAssignment> }> {
    const { groupId } = this.#options;
    while (true) {
      try {
        return await this.#cluster.askCoordinator('group', groupId, async (coordinator) => {
          const joined = await this.#askToJoin(coordinator);
          const { generationId: generation, protocolName, leader } = joined;
          const memberId = this.#memberId;
          const assignments = leader === memberId ? await this.#assign(joined) : [];
          const answer = await this.#joins.ask(coordinator, this.#cluster.library.syncGroupV5.api, groupId, generation, memberId, null, PROTOCOL_TYPE, protocolName, assignments);
          accept('SyncGroup', answer.errorCode);
          this.#lastContactMs = Date.now();
          return { memberId, generation, partitions: decodeAssignment(answer.assignment) };
        });
      } catch (error) {
        if (this.#hasLeft() || !this.#mayJoinAgain(error)) throw error;
      }
    }
  }

  async #askToJoin(coordinator: Parameters<Wire['ask']>[0]): Promise<JoinAnswer> {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, protocol, topics, userData } = this.#options;
    const { library } = this.#cluster;
    const metadata = encodeSubscription({ topics, userData: userData() });
    const answer = await this.#joins.ask(coordinator, library.joinGroupV7.api, groupId, sessionTimeoutMs, rebalanceTimeoutMs, this.#memberId, null, PROTOCOL_TYPE, [{ name: protocol, metadata }], null);
    // A new member is given its id before it joins, so that it can be told to leave.
    if (answer.errorCode === CODE.MEMBER_ID_REQUIRED) this.#memberId = answer.memberId ?? '';
    accept('JoinGroup', answer.errorCode);
    this.#memberId = answer.memberId ?? '';
    this.#lastContactMs = Date.now();
    return answer;
  }

  /** As the leader of the group. */
  async #assign({ members }: JoinAnswer): Promise<{ memberId: string; assignment: Buffer }[]> {
    const { assign, groupId } = this.#options;
    const assigned = await assign(members.map(({ memberId, metadata }) => ({ memberId, ...decodeSubscription(metadata ?? Buffer.alloc(0)) })))
      .catch((error: unknown) => { throw ownError(error, `The assignor of the group ${groupId} failed`); });
    return members.map(({ memberId }) => ({ memberId, assignment: encodeAssignment(assigned.get(memberId) ?? new Map<string, number[]>()) }));
  }

  /** What a change of the group answers to those who have not heard of it. */
  #mayJoinAgain(error: unknown): boolean {
    if (!(error instanceof Refusal)) return false;
    if (error.code === CODE.UNKNOWN_MEMBER_ID) this.#memberId = '';
    return ([CODE.UNKNOWN_MEMBER_ID, CODE.MEMBER_ID_REQUIRED, CODE.REBALANCE_IN_PROGRESS, CODE.ILLEGAL_GENERATION] as number[]).includes(error.code);
  }

  /** Also returns when the coordinator was not reached for a session: the group goes on without this member then. */
  async #beatUntilRebalance(): Promise<void> {
    const { heartbeatIntervalMs, sessionTimeoutMs } = this.#options;
    for (let failures = 0; ;) {
      await this.#wait(failures === 0 ? heartbeatIntervalMs : Math.min(delayOf(failures), heartbeatIntervalMs));
      if (this.#hasLeft()) return;
      try {
        await this.#beat();
        failures = 0;
        this.#lastContactMs = Date.now();
      } catch (error) {
        if (this.#mayJoinAgain(error)) return;
        if (error instanceof Refusal ? !isRetriable(error.code) : !isPassing(error)) throw error;
        if (Date.now() > this.#lastContactMs + sessionTimeoutMs) return;
        failures++;
      }
    }
  }

  async #beat(): Promise<void> {
    const { groupId } = this.#options;
    const { generation = -1, memberId = '' } = this.#assigned ?? {};
    await this.#cluster.askCoordinator('group', groupId, async (coordinator) => {
      const { errorCode } = await this.#beats.ask(coordinator, this.#cluster.library.heartbeatV4.api, groupId, generation, memberId, null);
      accept('Heartbeat', errorCode);
    });
  }

  async #sayGoodbye(): Promise<void> {
    if (this.#memberId === '') return;
    const { groupId } = this.#options;
    await this.#cluster.askCoordinator('group', groupId, (coordinator) =>
      this.#beats.ask(coordinator, this.#cluster.library.leaveGroupV4.api, groupId, [{ memberId: this.#memberId }]));
  }

  async #wait(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, { signal: this.#leaving.signal }).catch(() => undefined);
  }

  async #close(): Promise<void> {
    await Promise.all([this.#joins.close(), this.#beats.close()]);
  }
}
