/**
 * Runs a topology over a log: Kafka Streams' KafkaStreams.
 *
 * ```ts
 * const streams = new Streams(topology, { applicationId: 'word-count', driver });
 * await streams.start();
 * process.once('SIGTERM', () => void streams.close({ timeoutMs: 10_000 }));
 * ```
 */
import { MillraceError, toMillraceError } from '../../connectors/ports/index.ts';
import type { Topology } from '../graph/index.ts';
import { Deferred } from './deferred.ts';
import { SubtopologyGroup } from './group.ts';
import { isIdle } from './idle.ts';
import type { TaskMetrics } from './metrics.ts';
import { compileStreamsOptions } from './options.ts';
import type { CompiledStreamsOptions, StreamsOptions } from './options.ts';
import { prepareTopics } from './partitions.ts';
import { planSubtopology } from './plan.ts';
import { Queries } from './queries.ts';
import type { KeyQueryMetadata, ReadOnlyKeyValueStore, ReadOnlyWindowStore, StoreQueryParameters, StreamsMetadata } from './queries.ts';
import type { StateRestoreListener } from './restoration.ts';
import { StreamsLifeCycle } from './streams-state.ts';
import type { StateListener, StreamsState } from './streams-state.ts';
import { observeStreams } from './telemetry/index.ts';
import type { TaskSupervisor } from './task-supervisor.ts';

export interface StreamsMetrics {
  readonly state: StreamsState;
  readonly tasks: readonly TaskMetrics[];
}

/** How often `whenIdle` looks when nothing happens here: others may be at work. */
const IDLE_CHECK_MS = 100;

export class Streams {
  readonly #topology: Topology;
  readonly #options: CompiledStreamsOptions;
  readonly #groups: readonly SubtopologyGroup[];
  readonly #queries: Queries;
  readonly #restoreListeners = new Set<StateRestoreListener>();
  readonly #lifeCycle = new StreamsLifeCycle();
  readonly #started = new Deferred();
  readonly #waiters = new Set<() => void>();
  #closing: Promise<boolean> | null = null;
  #stopObserving: () => void = () => undefined;
  #error: MillraceError | null = null;
  /** Counts what happened: whoever looks and then waits must not miss what came between. */
  #progressed = 0;

  constructor(topology: Topology, options: StreamsOptions) {
    this.#topology = topology;
    this.#options = compileStreamsOptions(options);
    const { applicationId, subtopologies } = this.#options;
    for (const name of subtopologies ?? []) {
      if (topology.subtopologies.some((subtopology) => subtopology.name === name)) continue;
      throw new MillraceError('MILL_CONFIG_INVALID', `There is no sub-topology ${name}; there are: ${topology.subtopologies.map((subtopology) => subtopology.name).join(', ')}.`);
    }
    this.#groups = topology.subtopologies.filter(({ name }) => subtopologies?.includes(name) ?? true).map((subtopology) => new SubtopologyGroup({
      plan: planSubtopology(topology, subtopology, applicationId, this.#options.retryTopics.delaysMs.length),
      options: this.#options,
      topicName: (topic) => topology.topicName(topic, applicationId),
      restoreListeners: this.#restoreListeners,
      onProgress: () => { this.#progress(); },
      onFatal: (error) => { this.#fail(error); },
    }));
    this.#queries = new Queries({ stores: topology.stores, groups: this.#groups, state: () => this.state });
  }

  get state(): StreamsState {
    return this.#lifeCycle.state;
  }

  /** Why the state is ERROR. */
  get error(): MillraceError | null {
    return this.#error;
  }

  /** Where this instance answers interactive queries. */
  get applicationServer(): string | undefined {
    return this.#options.applicationServer;
  }

  /** The consumer groups of the sub-topologies that run here, for lag. */
  get groups(): readonly { readonly groupId: string; readonly sourceTopics: readonly string[] }[] {
    return this.#groups.map(({ groupId, sourceTopics }) => ({ groupId, sourceTopics }));
  }

  /** Returns what removes the listener. */
  onStateChange(listener: StateListener): () => void {
    return this.#lifeCycle.listen(listener);
  }

  /** Hears of every store that is restored from its changelog. Returns what removes the listener. */
  onRestore(listener: StateRestoreListener): () => void {
    this.#restoreListeners.add(listener);
    return () => { this.#restoreListeners.delete(listener); };
  }

  /** Joins the groups; resolves when the tasks of the first assignment are running. */
  async start(): Promise<void> {
    if (!this.#lifeCycle.to('REBALANCING')) throw new MillraceError('MILL_CLOSED', `Streams can be started once, and is ${this.state}.`);
    const { applicationId, driver } = this.#options;
    this.#stopObserving = observeStreams({ applicationId, driver, groups: this.#groups, metrics: () => this.metrics() });
    try {
      await prepareTopics(this.#topology, this.#options);
      for (const group of this.#groups) await group.join();
    } catch (error) {
      this.#fail(error);
    }
    this.#progress();
    await this.#started.promise;
  }

  /**
   * Stops reading, commits what was taken as far as the time allows, drops the rest and leaves the groups. As
   * KafkaStreams' close, `false` when the log did not answer in time: what is left behind then is as after a crash.
   * @default timeoutMs 30000
   */
  close({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<boolean> {
    this.#closing ??= this.#closeGroups(timeoutMs);
    return this.#closing;
  }

  /** Drops what is not committed, as a crash would. */
  async closeDirty(): Promise<void> {
    await this.close({ timeoutMs: 0 });
  }

  metrics(): StreamsMetrics {
    return { state: this.state, tasks: this.#supervisors.map((supervisor) => supervisor.metrics()) };
  }

  /** Whether all that the topics hold has been processed and committed. */
  idle(): Promise<boolean> {
    return isIdle(this.#options.driver, this.#groups);
  }

  /** Resolves when `idle` holds. @throws MillraceError when Streams stops before */
  async whenIdle({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    for (;;) {
      const before = this.#progressed;
      signal?.throwIfAborted();
      if (this.#error !== null) throw this.#error;
      if (this.state !== 'RUNNING' && this.state !== 'REBALANCING') throw new MillraceError('MILL_CLOSED', `Streams is ${this.state}.`);
      const quiet = this.#supervisors.every(({ task }) => task?.quiet ?? false);
      if (quiet && await this.idle()) return;
      if (this.#progressed === before) await this.#nextProgress(signal);
    }
  }

  /**
   * A key-value store, read-only and as it is committed, over the tasks that run here.
   * @throws MillraceError MILL_TOPOLOGY_INVALID; its reads throw MILL_STORE_UNAVAILABLE while the task of the key does not run here
   */
  store<K, V>(name: string, parameters: StoreQueryParameters = {}): ReadOnlyKeyValueStore<K, V> {
    return this.#queries.keyValue(name, parameters);
  }

  /** The same of a window store. */
  windowStore<K, V>(name: string, parameters: StoreQueryParameters = {}): ReadOnlyWindowStore<K, V> {
    return this.#queries.window(name, parameters);
  }

  /** Which instance has the key now. @throws MillraceError MILL_STORE_UNAVAILABLE while none has */
  queryMetadataForKey(store: string, key: unknown): Promise<KeyQueryMetadata> {
    return this.#queries.metadataForKey(store, key);
  }

  /** All instances with their tasks and stores, as KafkaStreams' metadataForAllStreamsClients. */
  allMetadata(): Promise<StreamsMetadata[]> {
    return this.#queries.metadataForAll();
  }

  get #supervisors(): readonly TaskSupervisor[] {
    return this.#groups.flatMap(({ supervisors }) => supervisors);
  }

  async #closeGroups(timeoutMs: number): Promise<boolean> {
    this.#lifeCycle.to('PENDING_SHUTDOWN');
    const results = await Promise.allSettled(this.#groups.map((group) => group.close(timeoutMs)));
    this.#lifeCycle.to('NOT_RUNNING');
    this.#stopObserving();
    this.#started.resolve();
    this.#progress();
    return results.every((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  #progress(): void {
    this.#progressed++;
    const running = this.#groups.every((group) => group.running);
    if (running && this.#lifeCycle.to('RUNNING')) this.#started.resolve();
    else if (!running && this.state === 'RUNNING') this.#lifeCycle.to('REBALANCING');
    for (const wake of this.#waiters) wake();
  }

  #fail(error: unknown): void {
    if (!this.#lifeCycle.may('ERROR')) return;
    this.#error = toMillraceError(error instanceof Error && error.name === 'FatalTaskError' ? error.cause : error);
    this.#lifeCycle.to('ERROR');
    this.#started.reject(this.#error);
    // A member that stays would keep its tasks from the other instances. That it cannot leave, a close will tell.
    for (const group of this.#groups) group.close(0).catch(() => undefined);
    this.#progress();
  }

  #nextProgress(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, IDLE_CHECK_MS);
      this.#waiters.add(done);
      signal?.addEventListener('abort', done);
    });
  }
}
