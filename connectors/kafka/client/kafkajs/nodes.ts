/**
 * The nodes of the cluster, and one request to one of them with its whole answer.
 *
 * kafkajs' own Cluster does not serve: its metadata fail for all topics when one partition anywhere has no leader, and an
 * answer with an error for one partition is thrown away for the others too. So its Broker (connection, login, versions)
 * is used by deep import, and each answer is taken before kafkajs turns the first error code into an exception.
 */
import Broker from 'kafkajs/src/broker/index.js';
import connectionPoolBuilder from 'kafkajs/src/cluster/connectionPoolBuilder.js';
import { createLogger, type Logger } from 'kafkajs/src/loggers/index.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import { requests, type Protocol } from 'kafkajs/src/protocol/requests/index.js';
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import { Connector } from './connector.ts';
import { calm } from './request-queue.ts';
import { isAuthError, isConnectionError, kafkaError, messageOf } from './errors.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Whose connection a request takes: those of a lane share one for each node. `shared`: all short requests. */
export type Lane = string;
export const SHARED: Lane = 'shared';

interface PartitionMetadata {
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  readonly leader: number;
}

export interface Metadata {
  readonly brokers: readonly (Address & { readonly nodeId: number })[];
  readonly topicMetadata: readonly { readonly topicErrorCode: number; readonly topic: string; readonly partitionMetadata: readonly PartitionMetadata[] }[];
}

/** Asked for when only the nodes are wanted: kafkajs takes an empty list for all topics. */
const SOME_TOPIC = '__consumer_offsets';

const ILLEGAL_SASL_STATE = 34;

const addressOf = (text: string): Address => {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
};

function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item) => ({ item, order: Math.random() })).sort((a, b) => a.order - b.order).map(({ item }) => item);
}

const takeWhole = async (decoded: unknown): Promise<unknown> => decoded;

function protocolOf(broker: Broker, api: string, body: object): Protocol {
  const key = apiKeys[api];
  const definition = requests[api];
  if (key === undefined || definition === undefined) throw new Error(`kafkajs knows no request ${api}`);
  return broker.lookupRequest(key, definition)(body);
}

/** Error codes in the answer are left to the caller. */
export async function ask<Answer>(broker: Broker, api: string, body: object): Promise<Answer> {
  const { response, ...protocol } = protocolOf(broker, api, body);
  return await send<Answer>(broker, { ...protocol, response: { decode: response.decode, parse: takeWhole } });
}

/** The first error code in the answer is thrown. @param answerMs the answer may take that long; otherwise the request time-out */
export const call = <Answer>(broker: Broker, api: string, body: object, answerMs?: number): Promise<Answer> =>
  send(broker, { ...protocolOf(broker, api, body), ...(answerMs !== undefined && { requestTimeout: answerMs }) });

export async function send<Answer>(broker: Broker, protocol: Protocol): Promise<Answer> {
  const connection = await broker.connectionPool.getConnection(0);
  return await connection.send({ ...protocol, logResponseError: false }) as Answer;
}

export class Nodes {
  readonly #options: CompiledConnectionOptions;
  readonly #connector: Connector;
  readonly #logger: Logger;
  readonly #pools: ReturnType<typeof connectionPoolBuilder>;
  readonly #addresses = new Map<number, Address>();
  readonly #brokers = new Map<string, Broker>();

  constructor(options: CompiledConnectionOptions) {
    this.#options = options;
    this.#connector = new Connector(options);
    const { config } = this.#connector;
    this.#logger = createLogger({ level: config.logLevel, logCreator: config.logCreator });
    this.#pools = connectionPoolBuilder({ ...config, logger: this.#logger });
  }

  get isClosed(): boolean {
    return this.#connector.isCut;
  }

  /** Of the topics; what the cluster says of each is left to the caller. */
  async metadata(topics: readonly string[]): Promise<Metadata> {
    const metadata = await this.onAny((broker) => ask<Metadata>(broker, 'Metadata', { topics: topics.length === 0 ? [SOME_TOPIC] : topics, allowAutoTopicCreation: false }));
    // kafkajs does not read a refused token's answer and takes itself for logged in: the next answer is this one.
    if (metadata.topicMetadata.some(({ topicErrorCode }) => topicErrorCode === ILLEGAL_SASL_STATE)) throw createErrorFromCode(ILLEGAL_SASL_STATE);
    for (const { nodeId, host, port } of metadata.brokers) this.#addresses.set(nodeId, { host, port });
    return metadata;
  }

  /** On whichever node answers. */
  async onAny<T>(use: (broker: Broker) => Promise<T>): Promise<T> {
    const known = shuffled([...this.#addresses.values()]);
    const connected = known.filter((address) => this.#brokers.get(keyOf(address, SHARED))?.isConnected() === true);
    let last: unknown;
    for (const address of [...connected, ...known.filter((other) => !connected.includes(other)), ...shuffled(this.#options.brokers.map(addressOf))]) {
      try {
        return await this.#on(address, SHARED, use);
      } catch (error) {
        if (!isConnectionError(error) || isAuthError(error)) throw error;
        last = error;
      }
    }
    throw new MillraceError('MILL_KAFKA_UNAVAILABLE', `No broker of ${this.#options.brokers.join(', ')} answers: ${messageOf(last)}${hintOf(last)}`, { cause: last });
  }

  /**
   * On this node. A broker answers the requests of a lane one after the other.
   * @throws MillraceError MILL_KAFKA_UNAVAILABLE when the node is not known, or cannot be reached
   */
  async on<T>(node: number, lane: Lane, use: (broker: Broker) => Promise<T>): Promise<T> {
    if (!this.#addresses.has(node)) await this.metadata([]);
    const address = this.#addresses.get(node);
    if (address === undefined) throw new MillraceError('MILL_KAFKA_UNAVAILABLE', `The cluster has no node ${node} now.`);
    try {
      return await this.#on(address, lane, use);
    } catch (error) {
      // It may come back at another address.
      if (isConnectionError(error)) this.#addresses.delete(node);
      throw kafkaError(error, `Node ${node} at ${address.host}:${address.port}`);
    }
  }

  /** Ends the connections of a lane that is not used again. */
  closeLane(lane: Lane): void {
    for (const [key, broker] of this.#brokers) {
      if (key.endsWith(`/${lane}`)) this.#drop(key, broker);
    }
  }

  close(): void {
    this.#connector.cut();
  }

  async #on<T>(address: Address, lane: Lane, use: (broker: Broker) => Promise<T>): Promise<T> {
    const key = keyOf(address, lane);
    let broker = this.#brokers.get(key);
    if (broker === undefined) {
      const connectionPool = await this.#pools.build(address);
      for (const { requestQueue } of connectionPool.pool) calm(requestQueue);
      broker = this.#brokers.get(key) ?? new Broker({ connectionPool, logger: this.#logger, allowAutoTopicCreation: false });
      this.#brokers.set(key, broker);
    }
    let usable = false;
    try {
      await broker.connect();
      usable = true;
      return await use(broker);
    } catch (error) {
      // Nor can a login that went wrong be tried again on the same connection.
      if (!usable || isConnectionError(error)) this.#drop(key, broker);
      throw error;
    }
  }

  #drop(key: string, broker: Broker): void {
    if (this.#brokers.get(key) === broker) this.#brokers.delete(key);
    void broker.disconnect().catch(() => undefined);
  }
}

const keyOf = ({ host, port }: Address, lane: Lane): string => `${host}:${port}/${lane}`;

/** A broker that speaks TLS or wants a login hangs up on one that does neither without a word; so does one that does not, on TLS. */
function hintOf(error: unknown): string {
  const message = messageOf(error);
  if (/closed connection/i.test(message)) return ' (it hung up at once: does its listener want TLS or SASL?)';
  return /before secure TLS/.test(message) ? ' (it hung up at once: does its listener speak TLS?)' : '';
}
