/** One Fetch request to one node, read here: see read-batches.ts. */
import request from 'kafkajs/src/protocol/requests/fetch/v10/request.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';
import { topicPartitionKey } from '../../../ports/index.ts';
import type { FetchOptions, FetchPosition, FetchedPartition } from '../client.ts';
import { readInt64 } from './batch-layout.ts';
import { byTopic } from './by-topic.ts';
import { isRetriable, kafkaError } from './errors.ts';
import { send, type Nodes } from './nodes.ts';
import { readRecords, type AbortedTransaction } from './read-batches.ts';
import { sleep } from './retry.ts';

interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly set: Buffer;
}

interface FetchAnswer {
  /** Kafka wants clients that are over their quota to wait; kafkajs does. */
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly partitions: readonly PartitionAnswer[];
}

const READ_COMMITTED = 1;
const READ_UNCOMMITTED = 0;
const OFFSET_OUT_OF_RANGE = 1;
/** No consumer, but a replica, would name itself. */
const NO_REPLICA = -1;
const NETWORK_DELAY_MS = 1_000;

/**
 * Version 10, of Kafka 2.1 and newer; none above it. From 11 on a broker that is no leader (any more) answers too, out of a
 * log that may lag: what it has not got yet it calls out of range.
 */
async function decode(payload: Buffer): Promise<FetchAnswer> {
  let at = 0;
  const int16 = (): number => { at += 2; return payload.readInt16BE(at - 2); };
  const int32 = (): number => { at += 4; return payload.readInt32BE(at - 4); };
  const int64 = (): number => { at += 8; return readInt64(payload, at - 8); };
  const take = (length: number): Buffer => { at += length; return payload.subarray(at - length, at); };

  const clientSideThrottleTime = int32();
  const errorCode = int16();
  int32(); // of a fetch session, which is not used
  const partitions: PartitionAnswer[] = [];
  for (let topics = int32(); topics > 0; topics -= 1) {
    const topic = take(int16()).toString();
    for (let left = int32(); left > 0; left -= 1) {
      const head = { topic, partition: int32(), errorCode: int16(), highWatermark: int64(), lastStableOffset: int64() };
      int64(); // start of the log
      const aborted: AbortedTransaction[] = [];
      for (let transactions = int32(); transactions > 0; transactions -= 1) aborted.push({ producerId: int64(), firstOffset: int64() });
      partitions.push({ ...head, aborted, set: take(Math.max(0, int32())) });
    }
  }
  return { clientSideThrottleTime, errorCode, partitions };
}

const parse = async (decoded: unknown): Promise<unknown> => decoded;

async function outcomeOf(answer: PartitionAnswer, { offset }: FetchPosition, { isolation }: FetchOptions): Promise<FetchedPartition> {
  const { topic, partition, errorCode, aborted, set } = answer;
  if (errorCode === OFFSET_OUT_OF_RANGE) return { topic, partition, outcome: 'out-of-range' };
  if (errorCode !== 0) {
    const error = createErrorFromCode(errorCode);
    if (isRetriable(error)) return { topic, partition, outcome: 'not-leader' };
    throw kafkaError(error, `${topic}/${partition} cannot be read`);
  }
  const { records, nextOffset } = await readRecords(set, aborted, { topic, partition }, offset);
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
        send<FetchAnswer>(broker, { request: request(body), response: { decode, parse }, requestTimeout: maxWaitMs + NETWORK_DELAY_MS }));
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
