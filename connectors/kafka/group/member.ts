/**
 * This instance in the group: tells what it holds, assigns when it leads, takes assignments to the engine, commits as a
 * member, and runs the standbys that the group's description gives it.
 */
import { MillraceError, toMillraceError } from '../../ports/index.ts';
import type { Positions, TaskId, TaskOwner } from '../../ports/index.ts';
import type { Assign, MembershipOptions } from '../client/index.ts';
import { assignTasks } from './assignor.ts';
import { Assignments } from './assignments.ts';
import { GroupView } from './group-view.ts';
import { instanceIdOf } from './instance-id.ts';
import { MembershipKeeper } from './membership-keeper.ts';
import type { RejoinBackoff } from './membership-keeper.ts';
import { shadowedBy } from './standby-placement.ts';
import { Standbys } from './standbys.ts';
import { TaskTable } from './tasks.ts';
import type { GroupDeps, KafkaGroup, WarmTask } from './types.ts';
import { decodeUserData, encodeUserData } from './user-data.ts';

/** Members agree on an assignor by its name. */
const PROTOCOL = 'millrace-sticky';

export interface GroupTiming {
  readonly backoff: RejoinBackoff;
  /** How often the group is looked at for what others' changes mean for the standbys here. */
  readonly lookMs: number;
}

const TIMING: GroupTiming = { backoff: { minMs: 500, maxMs: 30_000 }, lookMs: 10_000 };

class KafkaGroupMember implements KafkaGroup {
  readonly #deps: GroupDeps;
  readonly #instanceId: string;
  readonly #tasks: TaskTable;
  /** Tasks that have something to restore. */
  readonly #shadowable: readonly TaskId[];
  readonly #keeper: MembershipKeeper;
  readonly #assignments: Assignments;
  readonly #standbys: Standbys;
  readonly #view: GroupView;
  #memberId = '';
  #epoch = 0;
  /** Since the last assignment. */
  #joins = 0;
  #warm: readonly WarmTask[] = [];
  #lookTimer: NodeJS.Timeout | undefined;
  #leaving: Promise<void> | undefined;
  #onFirstSettled: (error?: unknown) => void = () => undefined;

  constructor(deps: GroupDeps, instanceId: string, tasks: TaskTable, timing: GroupTiming) {
    const { client, options, groupOptions: { groupId, subtopologies, onAssignment } } = deps;
    this.#deps = deps;
    this.#instanceId = instanceId;
    this.#tasks = tasks;
    const withChangelogs = new Set(subtopologies.filter(({ changelogs = [] }) => changelogs.length > 0).map(({ name }) => name));
    this.#shadowable = options.numStandbyReplicas === 0 ? [] : tasks.all.filter(({ subtopology }) => withChangelogs.has(subtopology));
    this.#view = new GroupView(client, groupId, tasks);
    this.#standbys = new Standbys((task) => deps.standby.start(task));
    this.#assignments = new Assignments({
      onAssignment,
      beforeHandling: (assigned) => this.#standbys.release(assigned),
      onSettled: () => {
        this.#onFirstSettled();
        this.#view.forget();
        void this.#look();
      },
      // As in every log: a member that does not take its assignment is out, and its tasks go to the others.
      onRefused: (error) => {
        this.#onFirstSettled(error);
        void this.leave();
      },
    });
    this.#keeper = new MembershipKeeper({
      join: async (callbacks) => {
        this.#warm = await deps.warmTasks();
        return client.joinGroup({ ...this.#membershipOptions(), ...callbacks });
      },
      onAssigned: ({ memberId, partitions }) => {
        this.#memberId = memberId;
        this.#assignments.assign(memberId, tasks.tasksOf(partitions), this.#sawEveryAssignment());
      },
      onRebalancing: () => {
        this.#view.forget();
      },
      onLost: () => {
        this.#assignments.loseAll();
      },
      backoff: timing.backoff,
    });
    if (this.#shadowable.length > 0) this.#lookTimer = setInterval(() => void this.#look(), timing.lookMs).unref();
  }

  /** Resolves when the first assignment has been handled. */
  async join(): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => {
      this.#onFirstSettled = (error) => {
        if (error === undefined) resolve();
        else reject(toMillraceError(error));
      };
    });
    try {
      await Promise.all([this.#keeper.start(), settled]);
    } catch (error) {
      await this.leave();
      throw error;
    }
  }

  async commit(positions: Positions): Promise<void> {
    const ownerships = new Map([...positions.keys()].map((key) => [key, this.#ownershipOf(key)]));
    for (;;) {
      const membership = await this.#keeper.membership;
      // Nothing is awaited from here until the commit is called: it is of the generation that owns the tasks.
      const gone = [...ownerships].find(([key, ownership]) => ownership === undefined || this.#ownershipOf(key) !== ownership);
      if (gone !== undefined || membership === null) {
        throw new MillraceError('MILL_FENCED', `Member of group ${this.#deps.groupOptions.groupId} does not own ${gone?.[0] ?? 'anything'}, or did not all the time.`);
      }
      const { generation } = this.#assignments;
      try {
        await membership.commit(positions);
        return;
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== 'MILL_REBALANCING') throw error;
      }
      // The assignment may have come while the broker refused; or the rebalance ends without one that is new.
      if (generation === this.#assignments.generation) await this.#assignments.next(AbortSignal.timeout(this.#deps.options.heartbeatIntervalMs));
    }
  }

  owners(): Promise<readonly TaskOwner[]> {
    return this.#view.owners();
  }

  isOwned(task: TaskId): boolean {
    return this.#assignments.ownershipOf(task) !== undefined;
  }

  leave(): Promise<void> {
    clearInterval(this.#lookTimer);
    this.#assignments.close();
    this.#leaving ??= Promise.all([this.#standbys.stopAll(), this.#keeper.leave()]).then(() => undefined);
    return this.#leaving;
  }

  #ownershipOf(topicPartition: string): object | undefined {
    const task = this.#tasks.taskOf(topicPartition);
    return task === undefined ? undefined : this.#assignments.ownershipOf(task);
  }

  #membershipOptions(): Omit<MembershipOptions, 'onAssigned' | 'onRebalancing' | 'onFailed'> {
    const { options: { sessionTimeoutMs, rebalanceTimeoutMs, heartbeatIntervalMs }, groupOptions: { groupId, endpoint = null } } = this.#deps;
    return {
      groupId,
      topics: this.#tasks.topics,
      protocol: PROTOCOL,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      heartbeatIntervalMs,
      assign: this.#assign,
      userData: () => {
        this.#joins += 1;
        return encodeUserData({ instanceId: this.#instanceId, endpoint, epoch: this.#epoch, held: this.#assignments.tasks, warm: this.#warm });
      },
    };
  }

  /**
   * A member that has to join again before it has heard its assignment does not know who owned what in between. Exactly
   * once, that owner has fenced it. At least once only the generation keeps it from committing, and so a commit that
   * waits for the rebalance must not be tried again: the other may have written older state behind what it stands for.
   */
  #sawEveryAssignment(): boolean {
    const missed = this.#joins > 1;
    this.#joins = 0;
    return !missed || this.#deps.groupOptions.guarantee !== 'at_least_once';
  }

  /** A member that does not read all that this one does runs another version of the topology, and gets nothing from it. */
  readonly #assign: Assign = async (members) => {
    const able = members.filter(({ topics }) => this.#tasks.topics.every((topic) => topics.includes(topic)));
    const told = able.map(({ memberId, userData }) => {
      const { epoch = 0, held = [], warm = [] } = decodeUserData(userData) ?? {};
      return { memberId, epoch, held, warm };
    });
    const shares = assignTasks(told, this.#tasks.all);
    return new Map(members.map(({ memberId }) => [memberId, this.#tasks.partitionsOf(shares.get(memberId) ?? [])]));
  };

  /** What this fails to see, the next look does. */
  async #look(): Promise<void> {
    try {
      this.#warm = await this.#deps.warmTasks();
      const members = await this.#view.members();
      // All members of one assignment compute the same: one more than the highest that any of them came with.
      this.#epoch = Math.max(this.#epoch, 1 + Math.max(...members.map(({ data }) => data?.epoch ?? 0)));
      if (this.#leaving !== undefined) return;
      const shadowed = shadowedBy(this.#memberId, members, this.#shadowable, this.#deps.options.numStandbyReplicas);
      this.#standbys.run(shadowed.filter((task) => !this.#assignments.isBusy(task)));
    } catch {
      return;
    }
  }
}

/** Resolves when the engine has taken the first assignment. @throws MillraceError MILL_TOPIC_MISMATCH, MILL_TOPOLOGY_INVALID, and what the client meets */
export async function joinKafkaGroup(deps: GroupDeps, timing: GroupTiming = TIMING): Promise<KafkaGroup> {
  const { groupOptions: { groupId, subtopologies }, partitionCounts, options: { stateDirectory } } = deps;
  const tasks = new TaskTable(groupId, subtopologies, partitionCounts);
  const member = new KafkaGroupMember(deps, await instanceIdOf(stateDirectory), tasks, timing);
  await member.join();
  return member;
}
