/**
 * One sub-topology in its consumer group, `<application.id>-<sub-topology>`: each can run apart from the others, and
 * two of them may read the same topic, each at its own positions. Tasks come and go with the assignments.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Assignment, GroupMember, TaskId, TaskOwner } from '../../connectors/ports/index.ts';
import { changelogOf } from './changelogs.ts';
import type { CompiledStreamsOptions } from './options.ts';
import type { SubtopologyPlan } from './plan.ts';
import type { StateRestoreListener } from './restoration.ts';
import { TaskSupervisor } from './task-supervisor.ts';
import { within } from './within.ts';

/** For what cannot be cut short: a commit that is being written, and the leaving of the group. */
const CLOSE_GRACE_MS = 5_000;

export interface GroupDeps {
  readonly plan: SubtopologyPlan;
  readonly options: CompiledStreamsOptions;
  readonly topicName: (topic: string) => string;
  readonly restoreListeners: ReadonlySet<StateRestoreListener>;
  readonly onProgress: () => void;
  readonly onFatal: (error: unknown) => void;
}

export class SubtopologyGroup {
  readonly groupId: string;
  /** As the log names them. */
  readonly sourceTopics: readonly string[];
  readonly #deps: GroupDeps;
  readonly #supervisors = new Map<number, TaskSupervisor>();
  #member: Promise<GroupMember> | null = null;
  #assigned = false;
  #partitions = 0;
  #closing = false;
  #leaving: Promise<void> | undefined;

  constructor(deps: GroupDeps) {
    this.#deps = deps;
    const { name } = deps.plan.subtopology;
    this.groupId = `${deps.options.applicationId}-${name}`;
    this.sourceTopics = [...deps.plan.sourceOf.keys(), ...deps.plan.retryTopics];
  }

  get plan(): SubtopologyPlan {
    return this.#deps.plan;
  }

  /** Tasks of the sub-topology, here and elsewhere; 0 before the group is joined. */
  get partitions(): number {
    return this.#partitions;
  }

  /** Of the tasks, here and elsewhere. */
  async owners(): Promise<readonly TaskOwner[]> {
    return (await this.#member)?.owners() ?? [];
  }

  get supervisors(): readonly TaskSupervisor[] {
    return [...this.#supervisors.values()];
  }

  /** Has its assignment, and all tasks of it have been opened. */
  get running(): boolean {
    return this.#assigned && this.supervisors.every(({ opened }) => opened);
  }

  /** Does nothing once the group is closing: nobody would leave it again. */
  async join(): Promise<void> {
    if (this.#isClosing()) return;
    const { options: { driver, applicationId, processingGuarantee, applicationServer }, plan } = this.#deps;
    const counts = await Promise.all(this.sourceTopics.map((topic) => driver.partitionCount(topic)));
    this.#partitions = Math.max(0, ...counts.map((count) => count ?? 0));
    if (this.#isClosing()) return;
    this.#member = driver.join({
      groupId: this.groupId,
      subtopologies: [{
        name: plan.subtopology.name,
        sources: this.sourceTopics,
        changelogs: driver.changelogs ? plan.stores.map((store) => changelogOf(applicationId, store)) : [],
      }],
      guarantee: processingGuarantee,
      ...(applicationServer === undefined ? {} : { endpoint: applicationServer }),
      onAssignment: (assignment) => this.#assign(assignment),
    });
    try {
      await this.#member;
    } catch (error) {
      this.#member = null;
      throw error;
    }
  }

  /** Closes the tasks, and takes no others; the group still has this member. */
  async stop(close: (supervisor: TaskSupervisor) => Promise<void>): Promise<void> {
    this.#closing = true;
    await Promise.all(this.supervisors.map(close));
  }

  /**
   * Tasks commit what they have taken within the time; the rest is dropped. A log that answers neither a commit nor the
   * leaving is left behind after a grace for each: tells whether it did.
   */
  async close(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#deps.options;
    const stopped = await within(clock, timeoutMs + CLOSE_GRACE_MS, this.stop((supervisor) => (timeoutMs === 0 ? supervisor.closeDirty() : supervisor.close(timeoutMs))));
    const left = await within(clock, CLOSE_GRACE_MS, this.#leave());
    return stopped && left;
  }

  #leave(): Promise<void> {
    this.#leaving ??= Promise.resolve(this.#member).then((member) => member?.leave());
    return this.#leaving;
  }

  /** Retained tasks go on untouched; what is lost is closed before this returns; what is new is opened beside it. */
  async #assign({ tasks, lost }: Assignment): Promise<void> {
    const assigned = new Set(tasks.map(({ partition }) => partition));
    const interrupted = new Set(lost.map(({ partition }) => partition));
    const leaving = this.supervisors.filter(({ id }) => !assigned.has(id.partition) || interrupted.has(id.partition));
    for (const { id } of leaving) this.#supervisors.delete(id.partition);
    await Promise.all(leaving.map((supervisor) => supervisor.closeDirty()));
    if (this.#closing) return;
    for (const id of tasks) if (!this.#supervisors.has(id.partition)) this.#supervisors.set(id.partition, this.#supervise(id));
    this.#assigned = true;
    this.#deps.onProgress();
  }

  #isClosing(): boolean {
    return this.#closing;
  }

  #supervise(id: TaskId): TaskSupervisor {
    // An assignment may come before join() has returned its member: the task waits for it, the assignment does not.
    const member = Promise.resolve().then(() => this.#member).then((joined) => {
      if (joined === null) throw new MillraceError('MILL_CLOSED', `Joining group ${this.groupId} failed.`);
      return joined;
    });
    member.catch(() => undefined);
    return new TaskSupervisor({ ...this.#deps, id, groupId: this.groupId, member });
  }
}
