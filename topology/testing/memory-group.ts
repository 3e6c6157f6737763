/** A consumer group in memory: members, their tasks, committed positions and the state of each task. */
import { MillraceError, topicPartitionKey } from '../../connectors/ports/index.ts';
import type {
  EpochCommit, GroupMember, GroupOptions, LogRecord, OrderedKeyValue, OutgoingRecord, PollOptions, Positions, SubtopologySpec, TaskId, TaskLog, TopicPartition,
} from '../../connectors/ports/index.ts';
import { memoryKeyValue } from '../../state/index.ts';

/** The log behind the group. */
export interface MemoryGroupLog {
  partitionCount(topic: string): number;
  append(record: OutgoingRecord): void;
  poll(source: TopicPartition, offset: number, options: PollOptions): Promise<LogRecord[]>;
}

const nameOf = ({ subtopology, partition }: TaskId): string => `${subtopology}/${partition}`;

export class MemoryGroup {
  readonly positions = new Map<string, number>();
  readonly #log: MemoryGroupLog;
  readonly #members: GroupOptions[] = [];
  readonly #owned = new Map<GroupOptions, readonly TaskId[]>();
  readonly #states = new Map<string, OrderedKeyValue>();
  /** How often each task was opened: only the last one may commit. */
  readonly #opened = new Map<string, number>();
  #generation = 0;
  #rebalancing: Promise<void> = Promise.resolve();

  constructor(log: MemoryGroupLog) {
    this.#log = log;
  }

  async join(options: GroupOptions): Promise<GroupMember> {
    this.#members.push(options);
    await this.rebalance();
    return {
      openTask: async (task) => this.#open(task, options.subtopologies),
      owners: async () => [...this.#owned].flatMap(([member, tasks]) => tasks.map((task) => ({ task, endpoint: member.endpoint ?? null }))),
      leave: async () => {
        this.#members.splice(this.#members.indexOf(options), 1);
        this.#owned.delete(options);
        await this.rebalance();
      },
    };
  }

  /** Spreads the tasks over the members. `interrupted` tells every member that it lost all of its tasks in between. */
  rebalance(interrupted = false): Promise<void> {
    this.#rebalancing = this.#rebalancing.then(() => this.#assign(interrupted));
    return this.#rebalancing;
  }

  async #assign(interrupted: boolean): Promise<void> {
    const generation = ++this.#generation;
    const members = [...this.#members];
    const subtopologies = members[0]?.subtopologies ?? [];
    const tasks = subtopologies.flatMap(({ name, sources }) => Array.from({ length: Math.max(...sources.map((topic) => this.#log.partitionCount(topic))) },
      (_, partition): TaskId => ({ subtopology: name, partition })));
    // Those who give tasks away come first, so that nobody opens a task that another still runs.
    const plans = members.map((member, index) => ({ member, assigned: tasks.filter((_, at) => at % members.length === index) }));
    plans.sort((a, b) => a.assigned.length - (this.#owned.get(a.member)?.length ?? 0) - (b.assigned.length - (this.#owned.get(b.member)?.length ?? 0)));
    for (const { member, assigned } of plans) {
      const lost = interrupted ? (this.#owned.get(member) ?? []) : [];
      this.#owned.set(member, assigned);
      await member.onAssignment({ generation, tasks: assigned, lost });
    }
  }

  #open(task: TaskId, subtopologies: readonly SubtopologySpec[]): TaskLog {
    const name = nameOf(task);
    const fence = (this.#opened.get(name) ?? 0) + 1;
    this.#opened.set(name, fence);
    const state = this.#states.get(name) ?? memoryKeyValue();
    this.#states.set(name, state);
    const sources = subtopologies.find((subtopology) => subtopology.name === task.subtopology)?.sources ?? [];
    const committed: Positions = new Map(sources.map((topic) => {
      const key = topicPartitionKey({ topic, partition: task.partition });
      return [key, this.positions.get(key) ?? 0];
    }));
    const assertOwner = (): void => {
      if (this.#opened.get(name) !== fence) throw new MillraceError('MILL_FENCED', `Task ${name} was opened by another.`);
    };
    return {
      committed,
      state,
      poll: async (source, offset, options) => {
        assertOwner();
        const records = await this.#log.poll(source, offset, options);
        assertOwner();
        return records;
      },
      commit: async (epoch) => {
        assertOwner();
        await this.#commit(state, epoch);
      },
      close: async () => undefined,
    };
  }

  /** All of it happens before anything else runs; only then it waits. */
  #commit(state: OrderedKeyValue, { outputs, positions, state: ops }: EpochCommit): Promise<void> {
    const written = state.write(ops);
    for (const record of outputs) this.#log.append(record);
    for (const [source, position] of positions) this.positions.set(source, position);
    return written;
  }
}
