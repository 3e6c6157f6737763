/**
 * One Fetch request to one node, of version 10: from 11 on a follower answers too, and one that lags calls an offset out
 * of range that it has not heard of yet. The library begins at 12; its codec makes an object of every field of every
 * record besides, and filters aborted transactions wrongly. So the response is read here, straight into records.
 *
 * A broker answers one connection's requests in turn, so a long poll holds up whatever comes after it: each fetch that
 * is under way at a node has a connection of its own, kept for the next one.
 */
import { MillraceError } from '../../../ports/index.ts';
import type { FetchedPartition, FetchOptions, FetchPosition } from '../client.ts';
import type { Cluster } from './cluster.ts';
import { CODE, isStaleLeader } from './error-codes.ts';
import { Refusal, toMillraceError } from './failures.ts';
import type { Library } from './library.ts';
import { Cursor, decodeBatches, type AbortedTransaction } from './records/index.ts';
import type { Wire } from './wire.ts';

const FETCH = { key: 1, version: 10, flexible: false };
const NO_REPLICA = -1;
const NO_EPOCH = -1;
const NO_LOG_START = -1n;
/** No incremental fetch session: the positions are the caller's. */
const NO_SESSION = { id: 0, epoch: -1 };
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

const positionKey = (topic: string, partition: number): string => `${topic}/${partition}`;

function positionsByTopic(positions: readonly FetchPosition[]): Map<string, FetchPosition[]> {
  const topics = new Map<string, FetchPosition[]>();
  for (const position of positions) {
    const of = topics.get(position.topic);
    if (of === undefined) topics.set(position.topic, [position]); else of.push(position);
  }
  return topics;
}

function createRequest({ Writer }: Library, positions: readonly FetchPosition[], { isolation, maxWaitMs, maxBytes }: FetchOptions): ReturnType<Library['Writer']['create']> {
  return Writer.create()
    .appendInt32(NO_REPLICA)
    .appendInt32(maxWaitMs)
    .appendInt32(1) // Byte that is waited for.
    .appendInt32(maxBytes)
    .appendInt8(isolation === 'read_committed' ? READ_COMMITTED : READ_UNCOMMITTED)
    .appendInt32(NO_SESSION.id)
    .appendInt32(NO_SESSION.epoch)
    .appendArray([...positionsByTopic(positions)], (writer, [topic, of]) => {
      writer.appendString(topic, false).appendArray(of, (inner, position) => {
        inner.appendInt32(position.partition).appendInt32(NO_EPOCH).appendInt64(BigInt(position.offset)).appendInt64(NO_LOG_START).appendInt32(position.maxBytes);
      }, false, false);
    }, false, false)
    .appendArray([], () => undefined, false, false); // Partitions that a session forgets.
}

function readAborted(cursor: Cursor): AbortedTransaction[] {
  const aborted: AbortedTransaction[] = [];
  for (let left = cursor.int32(); left > 0; left--) aborted.push({ producerId: cursor.int64(), firstOffset: cursor.int64() });
  return aborted.sort((a, b) => a.firstOffset - b.firstOffset);
}

async function readPartition(cursor: Cursor, topic: string, offsets: ReadonlyMap<string, number>, committed: boolean): Promise<FetchedPartition> {
  const partition = cursor.int32();
  const code = cursor.int16();
  const highWatermark = cursor.int64();
  const lastStableOffset = cursor.int64();
  cursor.int64(); // Start of the log.
  const aborted = readAborted(cursor);
  const bytes = cursor.slice(Math.max(0, cursor.int32()));
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
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const topic = cursor.text(cursor.int16());
    for (let partitions = cursor.int32(); partitions > 0; partitions--) fetched.push(await readPartition(cursor, topic, offsets, committed));
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

  async fetch(node: number, positions: readonly FetchPosition[], options: FetchOptions): Promise<readonly FetchedPartition[]> {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'Fetch: the Kafka client is closed.');
    const committed = options.isolation === 'read_committed';
    const offsets = new Map(positions.map(({ topic, partition, offset }) => [positionKey(topic, partition), offset]));
    // A broker that waits longer than the request may take would look dead.
    const maxWaitMs = Math.min(options.maxWaitMs, this.#cluster.brokerTimeoutMs);
    const wire = this.#idle.get(node)?.pop() ?? this.#cluster.openWire();
    this.#busy.add(wire);
    try {
      const response = await wire.exchange(
        await this.#cluster.addressOf(node), FETCH,
        () => createRequest(this.#cluster.library, positions, { ...options, maxWaitMs }),
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
