/**
 * Shares the tasks of one group among its members in this process: evenly, and a task stays where it is if it may.
 * A task moves in two steps: first its owner hears that it has lost it, and when that is done the new owner hears that
 * it has it. Rebalances run one at a time.
 */
import { toMillraceError } from '../../ports/index.ts';
import type { Assignment, MillraceError, TaskId, TaskOwner } from '../../ports/index.ts';

export interface Member {
  readonly endpoint: string | null;
  readonly onAssignment: (assignment: Assignment) => Promise<void>;
}

interface MemberState extends Member {
  tasks: readonly TaskId[];
  /** It was told its tasks at least once. */
  informed: boolean;
  failure?: MillraceError;
}

const keyOf = ({ subtopology, partition }: TaskId): string => `${subtopology}\0${partition}`;

function sameTasks(a: readonly TaskId[], b: readonly TaskId[]): boolean {
  const keys = new Set(a.map(keyOf));
  return a.length === b.length && b.every((task) => keys.has(keyOf(task)));
}

/** Each member keeps what it has up to its share; what is free goes to whoever has least. */
function share(tasks: readonly TaskId[], members: readonly MemberState[]): Map<MemberState, TaskId[]> {
  const shares = new Map<MemberState, TaskId[]>();
  const most = Math.ceil(tasks.length / Math.max(1, members.length));
  const known = new Set(tasks.map(keyOf));
  const taken = new Set<string>();
  for (const member of members) {
    const kept = member.tasks.filter((task) => known.has(keyOf(task))).slice(0, most);
    for (const task of kept) taken.add(keyOf(task));
    shares.set(member, kept);
  }
  for (const task of tasks) {
    if (taken.has(keyOf(task))) continue;
    const [least] = [...shares.values()].sort((a, b) => a.length - b.length);
    least?.push(task);
  }
  return shares;
}

export class GroupCoordinator {
  #tasks: readonly TaskId[] = [];
  #members: MemberState[] = [];
  #generation = 0;
  #rebalancing: Promise<void> = Promise.resolve();

  /** `tasks` are all of the group's, as the newest member knows them. Resolves when it has been told its own. @returns leave */
  async join(member: Member, tasks: readonly TaskId[]): Promise<() => void> {
    this.#tasks = tasks;
    const state: MemberState = { ...member, tasks: [], informed: false };
    this.#members.push(state);
    await this.#rebalance();
    if (state.failure !== undefined) throw state.failure;
    return () => {
      this.#members = this.#members.filter((other) => other !== state);
      void this.#rebalance();
    };
  }

  owners(): TaskOwner[] {
    return this.#members.flatMap(({ tasks, endpoint }) => tasks.map((task) => ({ task, endpoint })));
  }

  #rebalance(): Promise<void> {
    const run = this.#rebalancing.then(async () => {
      const generation = ++this.#generation;
      const shares = share(this.#tasks, this.#members);
      for (const [member, tasks] of shares) {
        const wanted = new Set(tasks.map(keyOf));
        const kept = member.tasks.filter((task) => wanted.has(keyOf(task)));
        if (kept.length < member.tasks.length) await this.#tell(member, kept, generation);
      }
      for (const [member, tasks] of shares) {
        if (!member.informed || !sameTasks(member.tasks, tasks)) await this.#tell(member, tasks, generation);
      }
    });
    this.#rebalancing = run;
    return run;
  }

  /** A member that fails to take its assignment is out; its tasks go to the others. */
  async #tell(member: MemberState, tasks: readonly TaskId[], generation: number): Promise<void> {
    if (!this.#members.includes(member)) return;
    member.tasks = tasks;
    member.informed = true;
    try {
      await member.onAssignment({ generation, tasks, lost: [] });
    } catch (error) {
      member.failure = toMillraceError(error);
      this.#members = this.#members.filter((other) => other !== member);
      void this.#rebalance();
    }
  }
}
