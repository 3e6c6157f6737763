/** What is known of the cluster: where its brokers are, who leads which partition and who coordinates what. Forgotten when an answer proves it stale. */
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import { retry, type RetryOptions } from '../retry.ts';
import { CODE, isStaleCoordinator } from './error-codes.ts';
import { accept, ERROR_RULES, Refusal } from './failures.ts';
import type { Api, Broker, Library } from './library.ts';
import { Wire } from './wire.ts';

export type Metadata = Awaited<ReturnType<Library['metadataV12']['api']['async']>>;
export type CoordinatorKind = 'group' | 'transaction';

const address = (broker: string): Broker => {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(broker.slice(colon + 1)) };
};

export class Cluster {
  readonly library: Library;
  readonly options: CompiledConnectionOptions;
  /** For short requests of all kinds; whoever waits at the broker has a wire of its own. */
  readonly main: Wire;
  readonly #bootstrap: readonly Broker[];
  readonly #brokers = new Map<number, Broker>();
  readonly #leaders = new Map<string, readonly number[]>();
  readonly #coordinators = new Map<string, number>();
  readonly #refreshes = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #lastGood: Broker | undefined;

  constructor(library: Library, options: CompiledConnectionOptions) {
    this.library = library;
    this.options = options;
    this.#bootstrap = options.brokers.map(address);
    this.main = this.openWire();
  }

  openWire(requestTimeoutMs = this.options.requestTimeoutMs): Wire {
    return new Wire(this.library, this.options, requestTimeoutMs);
  }

  /** How long a broker may work on a request, so that its answer comes before ours runs out. */
  get brokerTimeoutMs(): number {
    return Math.ceil(this.options.requestTimeoutMs * 0.8);
  }

  /** Whichever broker answers. */
  async askAny<Request extends unknown[], Answer>(api: Api<Request, Answer>, ...request: Request): Promise<Answer> {
    let failure: unknown;
    for (const broker of this.#candidates()) {
      try {
        const answer = await this.main.ask(broker, api, ...request);
        this.#lastGood = broker;
        return answer;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** @throws Refusal when the cluster has no such broker now */
  async addressOf(node: number): Promise<Broker> {
    if (!this.#brokers.has(node)) await this.metadata([]);
    const broker = this.#brokers.get(node);
    if (broker === undefined) throw new Refusal(`Node ${node}`, CODE.BROKER_NOT_AVAILABLE);
    return broker;
  }

  /** Asks the cluster. */
  async metadata(topics: string[]): Promise<Metadata> {
    const metadata = await this.askAny(this.library.metadataV12.api, topics, false, false);
    this.#brokers.clear();
    for (const { nodeId, host, port } of metadata.brokers) this.#brokers.set(nodeId, { host, port });
    for (const { name, errorCode, partitions } of metadata.topics) {
      if (typeof name !== 'string') continue;
      if (errorCode !== CODE.NONE) this.#leaders.delete(name);
      else this.#leaders.set(name, leadersOf(partitions));
    }
    return metadata;
  }

  /** As far as known. */
  leaderOf(topic: string, partition: number): number | undefined {
    const leader = this.#leaders.get(topic)?.[partition];
    return leader === undefined || leader < 0 ? undefined : leader;
  }

  forgetLeaders(topic: string): void {
    this.#leaders.delete(topic);
  }

  /** Learns the leaders of the topic; many may ask at once. */
  refreshLeaders(topic: string): Promise<void> {
    const running = this.#refreshes.get(topic);
    if (running !== undefined) return running;
    const refresh = this.metadata([topic]).then(({ topics }) => {
      for (const { errorCode } of topics) accept(`Metadata of ${topic}`, errorCode);
    }).finally(() => this.#refreshes.delete(topic));
    this.#refreshes.set(topic, refresh);
    return refresh;
  }

  /** Asks the coordinator until it does what it is asked. `request` throws a Refusal for each code that it does not accept. */
  async coordinated<T>(kind: CoordinatorKind, key: string, request: (coordinator: Broker) => Promise<T>, options: Pick<RetryOptions, 'what' | 'firstDelayMs' | 'onFailure'>): Promise<T> {
    return this.retry(() => this.askCoordinator(kind, key, request), options);
  }

  /** Once. A coordinator that cannot be reached or is no longer one is forgotten. */
  async askCoordinator<T>(kind: CoordinatorKind, key: string, request: (coordinator: Broker) => Promise<T>): Promise<T> {
    const id = `${kind}/${key}`;
    try {
      let node = this.#coordinators.get(id);
      if (node === undefined) {
        node = await this.#findCoordinator(kind, key);
        this.#coordinators.set(id, node);
      }
      return await request(await this.addressOf(node));
    } catch (error) {
      if (!(error instanceof Refusal) || isStaleCoordinator(error.code) || error.code === CODE.BROKER_NOT_AVAILABLE) this.#coordinators.delete(id);
      throw error;
    }
  }

  /** Up to the delivery time-out, or until the client is closed. */
  retry<T>(attempt: () => Promise<T>, options: Pick<RetryOptions, 'what' | 'firstDelayMs' | 'onFailure'>): Promise<T> {
    const { signal } = this.#closing;
    return retry(async () => {
      if (signal.aborted) throw new MillraceError('MILL_CLOSED', `${options.what}: the Kafka client is closed.`);
      return attempt();
    }, ERROR_RULES, { timeoutMs: this.options.deliveryTimeoutMs, signal, ...options });
  }

  close(): Promise<void> {
    this.#closing.abort();
    return this.main.close();
  }

  async #findCoordinator(kind: CoordinatorKind, key: string): Promise<number> {
    const { FindCoordinatorKeyTypes: types, findCoordinatorV4 } = this.library;
    const { coordinators } = await this.askAny(findCoordinatorV4.api, kind === 'group' ? types.GROUP : types.TRANSACTION, [key]);
    for (const { nodeId, errorCode, errorMessage } of coordinators) {
      accept(`Coordinator of ${kind} ${key}`, errorCode, errorMessage);
      return nodeId;
    }
    throw new Refusal(`Coordinator of ${kind} ${key}`, CODE.COORDINATOR_NOT_AVAILABLE);
  }

  /** The one that answered last, then those configured, then those found out; each once. */
  #candidates(): Broker[] {
    const found = [...this.#lastGood === undefined ? [] : [this.#lastGood], ...this.#bootstrap, ...this.#brokers.values()];
    return [...new Map(found.map((broker) => [`${broker.host}:${broker.port}`, broker])).values()];
  }
}

export function leadersOf(partitions: Metadata['topics'][number]['partitions']): number[] {
  const leaders = new Array<number>(partitions.length).fill(-1);
  for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId;
  return leaders;
}
