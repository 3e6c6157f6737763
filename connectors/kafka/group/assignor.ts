/**
 * Which member gets which task, run by the leader of the group. A pure function of what the members told, so any leader
 * decides the same.
 *
 * 1. Every member may have `floor(tasks / members)` tasks, and as many members as there is a remainder may have one more:
 *    those that hold most now, so that as few tasks as possible move.
 * 2. A member keeps what it holds within that. Of more than that it gives up first what others have warm.
 * 3. What is free goes to the member with room whose state of it is most caught up, else to the one that has least.
 *
 * A task that moves is restored by its new owner before it runs: Kafka Streams' probing rebalances (KIP-441), which
 * leave a task where it is until another member has caught up, are not here.
 */
import type { TaskId } from '../../ports/index.ts';
import { taskKey } from './tasks.ts';
import type { WarmTask } from './types.ts';

export interface AssignableMember {
  readonly memberId: string;
  /** Counts the assignments that the group has seen when `held` was handed out; the higher claim is the newer one. */
  readonly epoch: number;
  /** What it held when it joined. */
  readonly held: readonly TaskId[];
  readonly warm: readonly WarmTask[];
}

interface Share {
  readonly memberId: string;
  /** Claims at first; what the member gets in the end. */
  tasks: TaskId[];
  readonly warm: ReadonlyMap<string, number>;
}

/** Tasks by member id; every member is in it. */
export function assignTasks(members: readonly AssignableMember[], tasks: readonly TaskId[]): ReadonlyMap<string, readonly TaskId[]> {
  const order = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const warm = new Map(order.map((member) => [member.memberId, new Map(member.warm.map(({ task, offsetSum }) => [taskKey(task), offsetSum]))]));
  const claims = claimants(order);
  const shares = order.map(({ memberId }): Share => ({
    memberId,
    tasks: tasks.filter((task) => claims.get(taskKey(task))?.memberId === memberId),
    warm: warm.get(memberId) ?? new Map(),
  }));
  if (shares.length > 0) {
    const room = new Room(tasks.length, shares);
    const kept = new Set(shares.flatMap((share) => keep(share, shares, room)).map(taskKey));
    const cold = tasks.filter((task) => !kept.has(taskKey(task)) && !room.give(mostCaughtUp(task, shares, room), task));
    for (const task of cold) room.give(leastLoaded(shares, room), task);
  }
  return new Map(shares.map((share) => [share.memberId, share.tasks]));
}

/** After a rebalance that a member missed, two may claim one task: the newer claim stands, else the first id. */
function claimants(members: readonly AssignableMember[]): Map<string, AssignableMember> {
  const claims = new Map<string, AssignableMember>();
  for (const member of members) {
    for (const task of member.held) {
      const other = claims.get(taskKey(task));
      if (other === undefined || other.epoch < member.epoch) claims.set(taskKey(task), member);
    }
  }
  return claims;
}

/** How many more tasks each member may have. Sums up to exactly the tasks that are left. */
class Room {
  readonly #floor: number;
  /** Members that may still get one more than `#floor`. */
  #extra: number;
  readonly #quota = new Map<Share, number>();

  constructor(tasks: number, shares: readonly Share[]) {
    this.#floor = Math.floor(tasks / shares.length);
    this.#extra = tasks % shares.length;
    const fullest = [...shares].sort((a, b) => b.tasks.length - a.tasks.length);
    for (const share of fullest) {
      if (share.tasks.length > this.#floor && this.#extra > 0) this.#grantExtra(share);
      else this.#quota.set(share, this.#floor);
    }
  }

  quota(share: Share): number {
    return this.#quota.get(share) ?? this.#floor;
  }

  has(share: Share): boolean {
    return share.tasks.length < this.quota(share) || (this.quota(share) === this.#floor && this.#extra > 0);
  }

  /** @returns whether there was somebody to give it to */
  give(share: Share | undefined, task: TaskId): boolean {
    if (share === undefined) return false;
    if (share.tasks.length === this.quota(share)) this.#grantExtra(share);
    share.tasks.push(task);
    return true;
  }

  #grantExtra(share: Share): void {
    this.#quota.set(share, this.#floor + 1);
    this.#extra -= 1;
  }
}

/** Cuts the claims of a member down to its quota. @returns what it keeps */
function keep(share: Share, shares: readonly Share[], room: Room): readonly TaskId[] {
  const surplus = share.tasks.length - room.quota(share);
  if (surplus > 0) {
    const elsewhere = (task: TaskId): number => Math.max(-1, ...shares.map((other) => (other === share ? -1 : other.warm.get(taskKey(task)) ?? -1)));
    const given = new Set([...share.tasks].reverse().sort((a, b) => elsewhere(b) - elsewhere(a)).slice(0, surplus));
    share.tasks = share.tasks.filter((task) => !given.has(task));
  }
  return share.tasks;
}

function mostCaughtUp(task: TaskId, shares: readonly Share[], room: Room): Share | undefined {
  const key = taskKey(task);
  const sum = (share: Share): number => share.warm.get(key) ?? -1;
  return shares
    .filter((share) => sum(share) >= 0 && room.has(share))
    .sort((a, b) => sum(b) - sum(a) || a.tasks.length - b.tasks.length)[0];
}

function leastLoaded(shares: readonly Share[], room: Room): Share | undefined {
  return shares.filter((share) => room.has(share)).sort((a, b) => a.tasks.length - b.tasks.length)[0];
}
