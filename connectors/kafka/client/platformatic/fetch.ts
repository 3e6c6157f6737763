/**
 * One Fetch request to one node. The library's codec makes an object of every field of every record and filters aborted
 * transactions wrongly, so the response is read here, straight into records.
 *
 * A broker answers one connection's requests in turn, so a long poll holds up whatever comes after it: each fetch that
 * is under way at a node has a connection of its own, kept for the next one.
 */
import { MillraceError } from '../../../ports/index.ts';
import type { FetchedPartition, FetchOptions, FetchPosition } from '../client.ts';
import type { Cluster } from './cluster.ts';
import { CODE, isStaleLeader } from './error-codes.ts';
import { Refusal, toMillraceError } from './failures.ts';
import { Cursor, decodeBatches, type AbortedTransaction } from './records/index.ts';
import type { Wire } from './wire.ts';

const FETCH = { key: 1, version: 12 };
/** No incremental fetch session: the positions are the caller's. */
const NO_SESSION = { id: 0, epoch: -1 };
const READ_COMMITTED = 1;

const positionKey = (topic: string, partition: number): string => `${topic}/${partition}`;

function requestedTopics(positions: readonly FetchPosition[]): Map<string, FetchPosition[]> {
  const topics = new Map<string, FetchPosition[]>();
  for (const position of positions) {
    const of = topics.get(position.topic);
    if (of === undefined) topics.set(position.topic, [position]); else of.push(position);
  }
  return topics;
}

function readAborted(cursor: Cursor): AbortedTransaction[] {
  const aborted: AbortedTransaction[] = [];
  for (let left = cursor.unsignedVarint() - 1; left > 0; left--) {
    aborted.push({ producerId: cursor.int64(), firstOffset: cursor.int64() });
    cursor.skipTags();
  }
  return aborted.sort((a, b) => a.firstOffset - b.firstOffset);
}

async function readPartition(cursor: Cursor, topic: string, offsets: ReadonlyMap<string, number>, committed: boolean): Promise<FetchedPartition> {
  const partition = cursor.int32();
  const code = cursor.int16();
  const highWatermark = cursor.int64();
  const lastStableOffset = cursor.int64();
  cursor.int64(); // Start of the log.
  const aborted = readAborted(cursor);
  cursor.int32(); // Preferred read replica.
  const bytes = cursor.slice(Math.max(0, cursor.unsignedVarint() - 1));
  cursor.skipTags();
  if (code === CODE.OFFSET_OUT_OF_RANGE) return { topic, partition, outcome: 'out-of-range' };
  if (isStaleLeader(code)) return { topic, partition, outcome: 'not-leader' };
  if (code !== CODE.NONE) throw new Refusal(`Reading ${topic}/${partition}`, code);
  const offset = offsets.get(positionKey(topic, partition)) ?? 0;
  const { records, nextOffset } = await decodeBatches(bytes, { topic, partition, offset, aborted: committed ? aborted : [] });
  return { topic, partition, outcome: 'records', records, nextOffset, endOffset: committed ? lastStableOffset : highWatermark };
}

async function readResponse(bytes: Buffer, offsets: ReadonlyMap<string, number>, committed: boolean): Promise<FetchedPartition[]> {
  const cursor = new Cursor(bytes);
  cursor.int32(); // Throttle time.
  const code = cursor.int16();
  if (code !== CODE.NONE) throw new Refusal('Fetch', code);
  cursor.int32(); // Session.
  const fetched: FetchedPartition[] = [];
  for (let topics = cursor.unsignedVarint() - 1; topics > 0; topics--) {
    const topic = cursor.text(cursor.unsignedVarint() - 1);
    for (let partitions = cursor.unsignedVarint() - 1; partitions > 0; partitions--) fetched.push(await readPartition(cursor, topic, offsets, committed));
    cursor.skipTags();
  }
  return fetched;
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

  async fetch(node: number, positions: readonly FetchPosition[], { isolation, maxWaitMs, maxBytes }: FetchOptions): Promise<readonly FetchedPartition[]> {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'Fetch: the Kafka client is closed.');
    const committed = isolation === 'read_committed';
    const { createRequest } = this.#cluster.library.fetchV12;
    const topics = [...requestedTopics(positions)].map(([topicId, partitions]) => ({
      topicId,
      partitions: partitions.map(({ partition, offset, maxBytes: partitionMaxBytes }) => ({
        partition, fetchOffset: BigInt(offset), partitionMaxBytes, currentLeaderEpoch: -1, lastFetchedEpoch: -1,
      })),
    }));
    const offsets = new Map(positions.map(({ topic, partition, offset }) => [positionKey(topic, partition), offset]));
    // A broker that waits longer than the request may take would look dead.
    const waitMs = Math.min(maxWaitMs, this.#cluster.brokerTimeoutMs);
    const wire = this.#idle.get(node)?.pop() ?? this.#cluster.openWire();
    this.#busy.add(wire);
    try {
      const response = await wire.exchange(
        await this.#cluster.addressOf(node), FETCH,
        () => createRequest(waitMs, 1, maxBytes, committed ? READ_COMMITTED : 0, NO_SESSION.id, NO_SESSION.epoch, topics, [], ''),
        (reader) => reader.buffer.slice(reader.position),
      );
      const fetched = new Map((await readResponse(response, offsets, committed)).map((found) => [positionKey(found.topic, found.partition), found]));
      return positions.map(({ topic, partition }) => fetched.get(positionKey(topic, partition)) ?? { topic, partition, outcome: 'not-leader' });
    } catch (error) {
      // The node is no longer in the cluster: its partitions have other leaders.
      if (error instanceof Refusal && error.code === CODE.BROKER_NOT_AVAILABLE) return positions.map(({ topic, partition }) => ({ topic, partition, outcome: 'not-leader' }));
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
