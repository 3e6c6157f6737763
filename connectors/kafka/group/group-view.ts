/** The group as the broker describes it: every member's tasks and what it told about itself. Cached, so that queries for owners cost one request a second. */
import type { TaskId, TaskOwner } from '../../ports/index.ts';
import type { KafkaClient } from '../client/index.ts';
import type { TaskTable } from './tasks.ts';
import { decodeUserData } from './user-data.ts';
import type { MemberData } from './user-data.ts';

const CACHE_MS = 1_000;

export interface MemberView {
  readonly memberId: string;
  /** `null` where its user data cannot be read. */
  readonly data: MemberData | null;
  readonly tasks: readonly TaskId[];
}

export class GroupView {
  readonly #client: KafkaClient;
  readonly #groupId: string;
  readonly #tasks: TaskTable;
  #stable: readonly MemberView[] = [];
  #current: { readonly members: Promise<readonly MemberView[]>; readonly askedAtMs: number } | null = null;

  constructor(client: KafkaClient, groupId: string, tasks: TaskTable) {
    this.#client = client;
    this.#groupId = groupId;
    this.#tasks = tasks;
  }

  /** The answer may have changed. */
  forget(): void {
    this.#current = null;
  }

  /** While the group rebalances nobody has a partition: the last answer where somebody had one is given. */
  members(): Promise<readonly MemberView[]> {
    if (this.#current !== null && performance.now() - this.#current.askedAtMs < CACHE_MS) return this.#current.members;
    const current = { members: this.#ask(), askedAtMs: performance.now() };
    this.#current = current;
    current.members.catch(() => {
      if (this.#current === current) this.#current = null;
    });
    return current.members;
  }

  async owners(): Promise<readonly TaskOwner[]> {
    const members = await this.members();
    return members.flatMap(({ data, tasks }) => tasks.map((task) => ({ task, endpoint: data?.endpoint ?? null })));
  }

  async #ask(): Promise<readonly MemberView[]> {
    const described = await this.#client.describeGroup(this.#groupId);
    const members = described.map(({ memberId, userData, partitions }) => ({ memberId, data: decodeUserData(userData), tasks: this.#tasks.tasksOf(partitions) }));
    if (members.some(({ tasks }) => tasks.length > 0)) this.#stable = members;
    return this.#stable;
  }
}
