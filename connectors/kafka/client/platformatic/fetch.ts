/**
 * One Fetch request to one node; its answer is read by ../records/. The library's own codec begins at version 12, makes an
 * object of every field of every record, and filters aborted transactions wrongly.
 *
 * A broker answers one connection's requests in turn, so a long poll holds up whatever comes after it: each fetch that
 * is under way at a node has a connection of its own, kept for the next one.
 */
import { MillraceError, topicPartitionKey } from '../../../ports/index.ts';
import { byTopic } from '../by-topic.ts';
import type { FetchedPartition, FetchOptions, FetchPosition } from '../client.ts';
import { decodeBatches, readFetchAnswer, type FetchAnswerPartition } from '../records/index.ts';
import type { Cluster } from './cluster.ts';
import { CODE, isStaleLeader } from './error-codes.ts';
import { accept, Refusal, toMillraceError } from './failures.ts';
import type { Library } from './library.ts';
import type { Wire } from './wire.ts';

const FETCH = { key: 1, version: 10, flexible: false };
const NO_REPLICA = -1;
const NO_EPOCH = -1;
const NO_LOG_START = -1n;
/** No incremental fetch session: the positions are the caller's. */
const NO_SESSION = { id: 0, epoch: -1 };
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

const notLeader = ({ topic, partition }: FetchPosition): FetchedPartition => ({ topic, partition, outcome: 'not-leader' });

function createRequest({ Writer }: Library, positions: readonly FetchPosition[], { isolation, maxWaitMs, maxBytes }: FetchOptions): ReturnType<Library['Writer']['create']> {
  return Writer.create()
    .appendInt32(NO_REPLICA)
    .appendInt32(maxWaitMs)
    .appendInt32(1) // Byte that is waited for.
    .appendInt32(maxBytes)
    .appendInt8(isolation === 'read_committed' ? READ_COMMITTED : READ_UNCOMMITTED)
    .appendInt32(NO_SESSION.id)
    .appendInt32(NO_SESSION.epoch)
    .appendArray([...byTopic(positions, (position) => position)], (writer, { topic, partitions }) => {
      writer.appendString(topic, false).appendArray(partitions, (inner, position) => {
        inner.appendInt32(position.partition).appendInt32(NO_EPOCH).appendInt64(BigInt(position.offset)).appendInt64(NO_LOG_START).appendInt32(position.maxBytes);
      }, false, false);
    }, false, false)
    .appendArray([], () => undefined, false, false); // Partitions that a session forgets.
}

async function outcomeOf({ topic, partition, errorCode, highWatermark, lastStableOffset, aborted, batches }: FetchAnswerPartition, offset: number, committed: boolean): Promise<FetchedPartition> {
  if (errorCode === CODE.OFFSET_OUT_OF_RANGE) return { topic, partition, outcome: 'out-of-range' };
  if (isStaleLeader(errorCode)) return { topic, partition, outcome: 'not-leader' };
  if (errorCode !== CODE.NONE) throw new Refusal(`Reading ${topic}/${partition}`, errorCode);
  const { records, nextOffset } = await decodeBatches(batches, { topic, partition, offset, aborted });
  return { topic, partition, outcome: 'records', records, nextOffset, endOffset: committed ? lastStableOffset : highWatermark };
}

export class Fetcher {
  readonly #cluster: Cluster;
  /** Wires that no fetch uses now, by node. */
  readonly #idle = new Map<number, Wire[]>();
  readonly #busy = new Set<Wire>();
  #closed = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async fetch(node: number, positions: readonly FetchPosition[], options: FetchOptions): Promise<readonly FetchedPartition[]> {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'Fetch: the Kafka client is closed.');
    const committed = options.isolation === 'read_committed';
    // A broker that waits longer than the request may take would look dead.
    const maxWaitMs = Math.min(options.maxWaitMs, this.#cluster.brokerTimeoutMs);
    const wire = this.#idle.get(node)?.pop() ?? this.#cluster.openWire();
    this.#busy.add(wire);
    try {
      const { errorCode, partitions } = await wire.exchange(
        await this.#cluster.addressOf(node), FETCH,
        () => createRequest(this.#cluster.library, positions, { ...options, maxWaitMs }),
        (reader) => readFetchAnswer(reader.buffer.slice(reader.position)),
      );
      accept('Fetch', errorCode);
      const answers = new Map(partitions.map((answer) => [topicPartitionKey(answer), answer]));
      return await Promise.all(positions.map(async (position) => {
        const answer = answers.get(topicPartitionKey(position));
        return answer === undefined ? notLeader(position) : outcomeOf(answer, position.offset, committed);
      }));
    } catch (error) {
      // The node is no longer in the cluster: its partitions have other leaders.
      if (error instanceof Refusal && error.code === CODE.BROKER_NOT_AVAILABLE) return positions.map(notLeader);
      throw toMillraceError(error, `Reading from node ${node}`);
    } finally {
      this.#release(node, wire);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#busy, ...[...this.#idle.values()].flat()].map((wire) => wire.close()));
    this.#idle.clear();
  }

  #release(node: number, wire: Wire): void {
    this.#busy.delete(wire);
    if (this.#closed) return;
    const idle = this.#idle.get(node);
    if (idle === undefined) this.#idle.set(node, [wire]); else idle.push(wire);
  }
}
