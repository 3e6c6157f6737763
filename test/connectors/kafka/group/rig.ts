/** A member in a scripted group of sub-topology `s` that reads topic `in`, and what its engine was told. */
import path from 'node:path';
import { compileKafkaLogOptions } from '../../../../connectors/kafka/options.ts';
import type { KafkaLogOptions } from '../../../../connectors/kafka/options.ts';
import type { KafkaGroup, WarmTask } from '../../../../connectors/kafka/group/index.ts';
import { joinKafkaGroup } from '../../../../connectors/kafka/group/member.ts';
import type { Assignment, ProcessingGuarantee, SubtopologySpec, TaskId } from '../../../../connectors/ports/index.ts';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { ScriptedClient } from './scripted-client.ts';

export const PARTITIONS = 6;
export const task = (partition: number): TaskId => ({ subtopology: 's', partition });
export const at = (partition: number, offset = 1): Map<string, number> => new Map([[`in/${partition}`, offset]]);

export interface JoinOptions {
  readonly options?: Partial<KafkaLogOptions>;
  readonly subtopology?: Partial<SubtopologySpec>;
  readonly guarantee?: ProcessingGuarantee;
  readonly lookMs?: number;
}

export interface Told {
  readonly tasks: readonly number[];
  readonly lost: readonly number[];
}

export class Rig {
  readonly script = new ScriptedClient();
  readonly told: Told[] = [];
  /** Standbys and assignments, in the order in which they happened. */
  readonly events: string[] = [];
  readonly shadowed = new Set<number>();
  warm: WarmTask[] = [];
  /** The engine takes this long for an assignment. */
  handle: (assignment: Assignment) => Promise<void> = async () => undefined;
  stopStandby: () => Promise<void> = async () => undefined;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  join({ options = {}, subtopology = {}, guarantee = 'exactly_once', lookMs = 60_000 }: JoinOptions = {}): Promise<KafkaGroup> {
    return joinKafkaGroup({
      client: this.script.client,
      options: compileKafkaLogOptions({ brokers: ['nowhere:9'], stateDirectory: path.join(this.#folder, 'state'), heartbeatIntervalMs: 20, ...options }),
      groupOptions: {
        groupId: 'g',
        subtopologies: [{ name: 's', sources: ['in'], ...subtopology }],
        guarantee,
        endpoint: 'here:80',
        onAssignment: async (assignment) => {
          const numbers = (tasks: readonly TaskId[]): number[] => tasks.map(({ partition }) => partition).sort();
          this.events.push(`assigned ${numbers(assignment.tasks).join()}`);
          this.told.push({ tasks: numbers(assignment.tasks), lost: numbers(assignment.lost) });
          await this.handle(assignment);
        },
      },
      partitionCounts: new Map([['in', PARTITIONS], ['also', PARTITIONS]]),
      warmTasks: async () => this.warm,
      standby: {
        start: ({ partition }) => {
          this.shadowed.add(partition);
          this.events.push(`shadow ${partition}`);
          return {
            stop: async () => {
              await this.stopStandby();
              this.shadowed.delete(partition);
              this.events.push(`stopped ${partition}`);
            },
          };
        },
      },
    }, { backoff: { minMs: 1, maxMs: 8 }, lookMs });
  }

  /** A member that got `partitions` as it joined. */
  async joined(partitions: readonly number[], how: JoinOptions = {}): Promise<KafkaGroup> {
    this.script.onJoin.push((membership) => {
      membership.assign('m1', ...partitions);
    });
    return this.join(how);
  }
}

export const withRig = (use: (rig: Rig) => Promise<void>): Promise<void> => withTemporaryFolder((folder) => use(new Rig(folder)));
