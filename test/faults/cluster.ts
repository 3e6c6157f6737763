/**
 * An application under faults: its topics, its instances, the load on it, and the verdict at the end.
 *
 * A fault strikes only while the load runs, and it has been survived only when somebody has committed, for every task
 * that it hit, records that were written after it: those cannot be the late commits of the one that died.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { ProcessingGuarantee } from '../../connectors/ports/index.ts';
import { Random } from '../topology/support/random.ts';
import type { AppSettings, KafkaDriver, TaskReport } from './app-settings.ts';
import { Instance } from './instance.ts';
import type { InstanceOptions } from './instance.ts';
import type { InputRecord, Verdict } from './judge.ts';
import { Load } from './load.ts';
import type { TopologySettings } from './topology.ts';
import { readInput, verify } from './verifier.ts';
import type { ReadInput } from './verifier.ts';
import { eventually, patiently } from './world.ts';
import type { World } from './world.ts';

export const PARTITIONS = 4;
const RECORDS_PER_SECOND = 150;

export interface ClusterOptions {
  readonly driver: KafkaDriver;
  readonly instances: number;
  readonly guarantee?: ProcessingGuarantee;
  readonly settings?: Partial<AppSettings>;
  readonly topology?: Partial<TopologySettings>;
  readonly load?: { readonly recordsPerSecond?: number; readonly paddingBytes?: number };
  /** Configs of the input topic. */
  readonly inputConfigs?: Readonly<Record<string, string>>;
}

/** A source partition of a task. */
interface Source {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}

/** What a fault hit, and from which offsets on somebody else must have committed. */
export interface Strike {
  readonly atMs: number;
  readonly sources: readonly (Source & { readonly endOffset: number })[];
}

const taskKey = ({ groupId, partition }: { readonly groupId: string; readonly partition: number }): string => `${groupId}/${partition}`;

const describe = (instances: readonly Instance[]): string => instances.map((instance) => instance.describe()).join('\n');

export class Cluster {
  readonly world: World;
  readonly applicationId: string;
  readonly input: string;
  readonly output: string;
  readonly repartition: string;
  readonly deadLetters: string;
  readonly guarantee: ProcessingGuarantee;
  readonly random = new Random(11);
  readonly #options: ClusterOptions;
  readonly #instances = new Set<Instance>();
  #load: Load | null = null;

  private constructor(world: World, options: ClusterOptions) {
    this.world = world;
    this.#options = options;
    this.applicationId = `faults-${randomUUID().slice(0, 8)}`;
    this.input = `${this.applicationId}-in`;
    this.output = `${this.applicationId}-out`;
    this.repartition = `${this.applicationId}-accounts-repartition`;
    this.deadLetters = `${this.applicationId}-dead-letters`;
    this.guarantee = options.guarantee ?? 'exactly_once';
  }

  /** An application whose instances run, under load; everything is gone when `use` ends. */
  static async run<T>(world: World, options: ClusterOptions, use: (cluster: Cluster) => Promise<T>): Promise<T> {
    const cluster = new Cluster(world, options);
    try {
      await cluster.#start();
      return await use(cluster);
    } finally {
      await cluster.#load?.stop();
      await Promise.all([...cluster.#instances].map((instance) => instance.kill()));
    }
  }

  get load(): Load {
    if (this.#load === null) throw new Error('the load has not been started');
    return this.#load;
  }

  /** Those that run. */
  get instances(): readonly Instance[] {
    return [...this.#instances].filter(({ running }) => running);
  }

  stateDirectory(name: string): string {
    return path.join(this.world.folder, this.applicationId, name);
  }

  /** Starts an instance; `name` is that of its state directory. */
  startInstance(name: string, { settings = {}, topology = {}, ...options }: Pick<ClusterOptions, 'settings'> & { readonly topology?: Partial<TopologySettings> } & InstanceOptions = {}): Instance {
    const instance = new Instance(name, {
      brokers: this.world.stack.brokers,
      driver: this.#options.driver,
      applicationId: this.applicationId,
      stateDirectory: this.stateDirectory(name),
      guarantee: this.guarantee,
      commitIntervalMs: 100,
      numStandbyReplicas: 0,
      sessionTimeoutMs: 3000,
      bufferBytes: 8 * 1024 * 1024,
      ...this.#options.settings,
      ...settings,
      topology: { input: this.input, output: this.output, callMs: 20, concurrency: 32, stallMs: 0, mended: false, ...this.#options.topology, ...topology },
    }, options);
    this.#instances.add(instance);
    return instance;
  }

  /** Every task runs in one of these, and each of them runs one. */
  async allRunning(instances: readonly Instance[] = this.instances): Promise<void> {
    await eventually('all tasks run', () => {
      const dead = instances.find(({ running, state }) => !running || state === 'ERROR');
      if (dead !== undefined) throw new Error(`An instance is at its end: ${dead.describe()}`);
      const running = instances.map(({ tasks }) => tasks.filter(({ status }) => status === 'RUNNING').map(taskKey));
      return running.every(({ length }) => length > 0) && new Set(running.flat()).size === 2 * PARTITIONS;
    }, 60_000, () => describe(instances));
  }

  /** One that has tasks. */
  pickInstance(): Instance {
    return this.random.pick(this.instances.filter(({ tasks }) => tasks.some(({ status }) => status === 'RUNNING')));
  }

  /** Lets a fault strike the tasks of an instance, or all, while the load runs. */
  async strike(fault: () => Promise<unknown>, of?: Instance): Promise<Strike> {
    const tasks = (of === undefined ? this.instances : [of]).flatMap((instance) => instance.tasks).filter(({ status }) => status === 'RUNNING');
    if (tasks.length === 0) throw new Error('The fault would hit no task');
    await this.load.more(1);
    const atMs = Date.now();
    await fault();
    const ends = new Map([[this.input, await this.endOffsets(this.input)], [this.repartition, await this.endOffsets(this.repartition)]]);
    const sources = [...new Map(tasks.map((task) => [taskKey(task), this.#sourceOf(task)])).values()]
      .map((source) => ({ ...source, endOffset: ends.get(source.topic)?.[source.partition] ?? 0 }));
    await this.load.more(1);
    return { atMs, sources };
  }

  /** Until records that were written after the fault have been committed for every task that it hit. Resolves with the time since. */
  async survived({ atMs, sources }: Strike, timeoutMs = 90_000): Promise<number> {
    const open = new Map(sources.map((source) => [taskKey(source), source]));
    const groups = [...new Set(sources.map(({ groupId }) => groupId))];
    await eventually('the tasks go on', async () => {
      for (const groupId of groups) {
        const positions = await this.committed(groupId);
        for (const source of sources) if (source.groupId === groupId && (positions[source.partition] ?? 0) > source.endOffset) open.delete(taskKey(source));
      }
      return open.size === 0;
    }, timeoutMs, () => `left: ${[...open.keys()].join(', ')}\n${describe(this.instances)}`);
    if (!this.load.running) throw new Error('The load had ended');
    return Date.now() - atMs;
  }

  /** Committed offsets of a group, by partition. */
  async committed(groupId: string): Promise<number[]> {
    const found = await patiently(() => this.world.admin.fetchOffsets({ groupId }));
    const offsets = Array.from({ length: PARTITIONS }, () => 0);
    for (const { partitions } of found) for (const { partition, offset } of partitions) offsets[partition] = Math.max(0, Number(offset));
    return offsets;
  }

  async endOffsets(topic: string): Promise<number[]> {
    const found = await patiently(() => this.world.admin.fetchTopicOffsets(topic));
    return found.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  }

  /** What the input topic holds now. */
  async readInput(): Promise<ReadInput[]> {
    return readInput(this.world.kafka, this.input, await this.endOffsets(this.input));
  }

  /** Ends the load, lets the application catch up, ends it, and judges what it wrote; `input` where not all of the input topic counts. */
  async verdict({ input, timeoutMs = 90_000 }: { readonly input?: readonly InputRecord[]; readonly timeoutMs?: number } = {}): Promise<Verdict> {
    await this.load.stop();
    const { world: { kafka, producer }, output: topic, guarantee } = this;
    return verify({
      kafka, producer, input: input ?? await this.readInput(), topic, partitions: PARTITIONS, guarantee, timeoutMs,
      end: async () => { await Promise.all(this.instances.map((instance) => instance.close())); },
    });
  }

  async #start(): Promise<void> {
    const { world: { admin, producer }, input, output } = this;
    const { load, instances, inputConfigs = {} } = this.#options;
    const configEntries = Object.entries(inputConfigs).map(([name, value]) => ({ name, value }));
    // Brokers that have just come do not all know each other yet.
    await patiently(() => admin.createTopics({ waitForLeaders: true, topics: [{ topic: input, numPartitions: PARTITIONS, configEntries }, { topic: output, numPartitions: PARTITIONS }] }));
    this.#load = new Load({ producer, topic: input, partitions: PARTITIONS, prefix: 'event-', recordsPerSecond: RECORDS_PER_SECOND, ...load });
    for (let i = 0; i < instances; i++) this.startInstance(`instance-${i}`);
    if (instances > 0) await this.allRunning();
  }

  #sourceOf({ groupId, partition }: TaskReport): Source {
    return { groupId, partition, topic: groupId === `${this.applicationId}-intake` ? this.input : this.repartition };
  }
}
