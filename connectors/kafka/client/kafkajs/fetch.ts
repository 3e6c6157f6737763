/** One Fetch request to one node; its answer is read by ../records/. */
import request from 'kafkajs/src/protocol/requests/fetch/v10/request.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';
import { topicPartitionKey } from '../../../ports/index.ts';
import { byTopic } from '../by-topic.ts';
import type { FetchOptions, FetchPosition, FetchedPartition } from '../client.ts';
import { decodeBatches, readFetchAnswer, type FetchAnswer, type FetchAnswerPartition } from '../records/index.ts';
import { isRetriable, kafkaError } from './errors.ts';
import { send, type Nodes } from './nodes.ts';
import { sleep } from './retry.ts';

/** Kafka wants clients that are over their quota to wait; kafkajs does. */
type Answer = FetchAnswer & { readonly clientSideThrottleTime: number };

const READ_COMMITTED = 1;
const READ_UNCOMMITTED = 0;
const OFFSET_OUT_OF_RANGE = 1;
/** No consumer, but a replica, would name itself. */
const NO_REPLICA = -1;
const NETWORK_DELAY_MS = 1_000;

async function decode(payload: Buffer): Promise<Answer> {
  const answer = readFetchAnswer(payload);
  return { ...answer, clientSideThrottleTime: answer.throttleMs };
}

const parse = async (decoded: unknown): Promise<unknown> => decoded;

async function outcomeOf(answer: FetchAnswerPartition, { offset }: FetchPosition, { isolation }: FetchOptions): Promise<FetchedPartition> {
  const { topic, partition, errorCode, aborted, batches } = answer;
  if (errorCode === OFFSET_OUT_OF_RANGE) return { topic, partition, outcome: 'out-of-range' };
  if (errorCode !== 0) {
    const error = createErrorFromCode(errorCode);
    if (isRetriable(error)) return { topic, partition, outcome: 'not-leader' };
    throw kafkaError(error, `${topic}/${partition} cannot be read`);
  }
  const { records, nextOffset } = await decodeBatches(batches, { topic, partition, offset, aborted });
  return { topic, partition, outcome: 'records', records, nextOffset, endOffset: isolation === 'read_committed' ? answer.lastStableOffset : answer.highWatermark };
}

const notLeader = ({ topic, partition }: FetchPosition): FetchedPartition => ({ topic, partition, outcome: 'not-leader' });

/** A broker answers one request of a connection after the other: each fetch under way has one of its own. */
export class Fetcher {
  readonly #nodes: Nodes;
  readonly #busy = new Map<number, Set<number>>();

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  async fetch(node: number, positions: readonly FetchPosition[], options: FetchOptions): Promise<readonly FetchedPartition[]> {
    const { maxWaitMs, maxBytes, isolation } = options;
    const body = {
      replicaId: NO_REPLICA, maxWaitTime: maxWaitMs, minBytes: 1, maxBytes,
      isolationLevel: isolation === 'read_committed' ? READ_COMMITTED : READ_UNCOMMITTED, topics: byTopic(positions, ({ partition, offset, maxBytes: partitionMaxBytes }) => ({ partition, fetchOffset: offset, maxBytes: partitionMaxBytes })),
    };
    const lane = this.#takeLane(node);
    try {
      const answer = await this.#nodes.on(node, `fetch-${lane}`, (broker) =>
        send<Answer>(broker, { request: request(body), response: { decode, parse }, requestTimeout: maxWaitMs + NETWORK_DELAY_MS }));
      if (answer.errorCode !== 0) throw kafkaError(createErrorFromCode(answer.errorCode), `Node ${node} cannot be read from`);
      const answers = new Map(answer.partitions.map((partition) => [topicPartitionKey(partition), partition]));
      return await Promise.all(positions.map(async (position) => {
        const found = answers.get(topicPartitionKey(position));
        return found === undefined ? notLeader(position) : await outcomeOf(found, position, options);
      }));
    } catch (error) {
      if (!isRetriable(error) || this.#nodes.isClosed) throw error;
      // As long as a broker that answers may take: whoever looks up leaders and comes back at once would do so without a pause.
      await sleep(maxWaitMs);
      return positions.map(notLeader);
    } finally {
      this.#busy.get(node)?.delete(lane);
    }
  }

  #takeLane(node: number): number {
    let busy = this.#busy.get(node);
    if (busy === undefined) {
      busy = new Set();
      this.#busy.set(node, busy);
    }
    let lane = 0;
    while (busy.has(lane)) lane += 1;
    busy.add(lane);
    return lane;
  }
}
