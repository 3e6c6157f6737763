/**
 * Writes batches under one producer id: a lane for each partition, one Produce request at a time to each broker, with a
 * batch of every lane that is ready. A batch is sent again, byte by byte and under the same sequence, until the broker
 * says where it lies; the broker knows the sequence and stores it once.
 *
 *     send -> lane's queue -> (leader known) -> node's ready lanes -> Produce -> stored -> next of the lane
 *                  ^------- delay, leader looked up anew <------- no leader, no answer, no replicas
 */
import { MillraceError, topicPartitionKey } from '../../../ports/index.ts';
import { byTopic } from '../by-topic.ts';
import type { PartitionBatch, StoredBatch } from '../client.ts';
import { PartitionQueue } from '../partition-queue.ts';
import { delayOf } from '../retry.ts';
import type { Cluster } from './cluster.ts';
import { CODE, isRetriable } from './error-codes.ts';
import { isPassing, Refusal, toMillraceError } from './failures.ts';
import type { Wire } from './wire.ts';

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
const ALL_REPLICAS = -1;

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly transactionalId: string | null;
}

interface Lane {
  readonly queue: PartitionQueue;
  /** On its way to a node, or waiting to be. */
  underWay: boolean;
  failures: number;
}

interface Node {
  readonly ready: Set<Lane>;
  pumping: boolean;
}

interface PartitionAnswer { readonly errorCode: number; readonly baseOffset: bigint; readonly errorMessage?: string | null | undefined }

export class Sender {
  readonly #cluster: Cluster;
  readonly #wire: Wire;
  readonly #identity: ProducerIdentity;
  readonly #lanes = new Map<string, Lane>();
  readonly #nodes = new Map<number, Node>();
  #broken = false;
  #closed = false;

  constructor(cluster: Cluster, wire: Wire, identity: ProducerIdentity) {
    this.#cluster = cluster;
    this.#wire = wire;
    this.#identity = identity;
  }

  /** A batch was given up whose fate is unknown: what is sent from now on needs a producer id of its own. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Resolves when all are stored. Rejects with the first failure, when nothing is under way any more. */
  async send(batches: readonly PartitionBatch[]): Promise<readonly StoredBatch[]> {
    const results = await Promise.allSettled(batches.map((batch) => this.#enqueue(batch)));
    return results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  close(): void {
    this.#closed = true;
    for (const lane of this.#lanes.values()) this.#fail(lane, new MillraceError('MILL_CLOSED', 'The producer was closed.'));
  }

  async #enqueue({ topic, partition, records }: PartitionBatch): Promise<StoredBatch> {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The producer was closed.');
    // The sequence of the batch that was given up may be stored: under it another would be taken for that one, and lost.
    if (this.#broken) throw new MillraceError('MILL_KAFKA_UNAVAILABLE', 'The producer gave up a batch that may be stored, and is not used again.');
    const lane = this.#laneOf(topic, partition);
    const stored = lane.queue.add(records, Date.now() + this.#cluster.options.deliveryTimeoutMs);
    if (!lane.underWay) this.#route(lane);
    return stored;
  }

  #laneOf(topic: string, partition: number): Lane {
    const key = topicPartitionKey({ topic, partition });
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const { producerId, producerEpoch, transactionalId } = this.#identity;
      const { compression } = this.#cluster.options;
      lane = { queue: new PartitionQueue({ topic, partition }, { compression, producerId: Number(producerId), producerEpoch, transactional: transactionalId !== null }), underWay: false, failures: 0 };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #route(lane: Lane): void {
    const { topic, partition, isEmpty } = lane.queue;
    lane.underWay = !isEmpty;
    if (!lane.underWay) return;
    const leader = this.#cluster.leaderOf(topic, partition);
    if (leader !== undefined) {
      this.#ready(leader, lane);
      return;
    }
    this.#cluster.refreshLeaders(topic).then(() => {
      const found = this.#cluster.leaderOf(topic, partition);
      if (found === undefined) throw new Refusal(`Leader of ${topic}/${partition}`, CODE.LEADER_NOT_AVAILABLE);
      this.#ready(found, lane);
    }).catch((error: unknown) => { this.#later(lane, error); });
  }

  #ready(leader: number, lane: Lane): void {
    let node = this.#nodes.get(leader);
    if (node === undefined) {
      node = { ready: new Set(), pumping: false };
      this.#nodes.set(leader, node);
    }
    node.ready.add(lane);
    if (node.pumping) return;
    node.pumping = true;
    // After the caller has queued all its batches.
    queueMicrotask(() => void this.#pump(leader, node));
  }

  async #pump(leader: number, node: Node): Promise<void> {
    while (node.ready.size > 0 && !this.#closed) {
      const lanes: Lane[] = [];
      let bytes = 0;
      for (const lane of node.ready) {
        const batch = await this.#batchOf(lane);
        if (batch !== undefined && bytes > 0 && bytes + batch.length > MAX_REQUEST_BYTES) break;
        node.ready.delete(lane);
        if (batch === undefined) continue;
        bytes += batch.length;
        lanes.push(lane);
      }
      if (lanes.length > 0) await this.#produce(leader, lanes);
    }
    node.pumping = false;
  }

  /** What the lane has to send; `undefined` when it has nothing, or its records cannot be written. */
  async #batchOf(lane: Lane): Promise<Buffer | undefined> {
    try {
      return await lane.queue.encode();
    } catch (error) {
      this.#fail(lane, new MillraceError('MILL_SERIALIZATION', `Records for ${lane.queue.topic} cannot be written: ${String(error)}`, { cause: error }));
      return undefined;
    }
  }

  async #produce(leader: number, lanes: readonly Lane[]): Promise<void> {
    const pending = new Map(lanes.map((lane) => [topicPartitionKey(lane.queue), lane]));
    try {
      const { produceV9, Writer } = this.#cluster.library;
      const { parseResponse, api } = produceV9;
      const { responses } = await this.#wire.exchange(
        await this.#cluster.addressOf(leader), { key: api.key, version: api.version, flexible: true },
        () => this.#request(Writer.create(), lanes),
        (reader) => parseResponse(0, api.key, api.version, reader),
      );
      for (const { name, partitionResponses } of responses) {
        for (const answer of partitionResponses) {
          const key = topicPartitionKey({ topic: name, partition: answer.index });
          const lane = pending.get(key);
          pending.delete(key);
          if (lane !== undefined) this.#answered(leader, lane, answer);
        }
      }
      for (const [key, lane] of pending) this.#later(lane, new Refusal(key, CODE.UNKNOWN_TOPIC_OR_PARTITION));
    } catch (error) {
      for (const lane of pending.values()) {
        lane.queue.inDoubt = true;
        this.#later(lane, error);
      }
    }
  }

  #request(writer: ReturnType<Cluster['library']['Writer']['create']>, lanes: readonly Lane[]): typeof writer {
    return writer
      .appendString(this.#identity.transactionalId)
      .appendInt16(ALL_REPLICAS)
      .appendInt32(this.#cluster.brokerTimeoutMs)
      .appendArray([...byTopic(lanes.map(({ queue }) => queue), (queue) => queue)], (w, { topic, partitions }) => {
        w.appendString(topic).appendArray(partitions, (inner, { partition, batch }) => { inner.appendInt32(partition).appendBytes(batch); });
      })
      .appendTaggedFields();
  }

  #answered(leader: number, lane: Lane, { errorCode, baseOffset, errorMessage }: PartitionAnswer): void {
    const { queue } = lane;
    if (queue.batch === undefined) return; // Closed in the meantime.
    if (errorCode === CODE.NONE) {
      queue.stored(Number(baseOffset));
      lane.failures = 0;
    } else if (!((errorCode === CODE.MESSAGE_TOO_LARGE || errorCode === CODE.RECORD_LIST_TOO_LARGE) && queue.shrink())) {
      const refusal = new Refusal(`Writing to ${topicPartitionKey(queue)}`, errorCode, errorMessage);
      queue.inDoubt ||= errorCode === CODE.REQUEST_TIMED_OUT || errorCode === CODE.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
      if (isRetriable(errorCode)) this.#later(lane, refusal); else this.#giveUp(lane, refusal);
      return;
    }
    if (queue.isEmpty) lane.underWay = false; else this.#ready(leader, lane);
  }

  /** Tries the lane's batch again, at whoever leads then. */
  #later(lane: Lane, error: unknown): void {
    const { queue } = lane;
    const delayMs = delayOf(lane.failures++);
    if (queue.isEmpty) {
      lane.underWay = false;
    } else if (!isPassing(error) || Date.now() + delayMs > queue.until) {
      this.#fail(lane, toMillraceError(error, `Writing to ${topicPartitionKey(queue)}`));
    } else {
      this.#cluster.forgetLeaders(queue.topic);
      setTimeout(() => { this.#route(lane); }, delayMs);
    }
  }

  /** The broker will not have the batch. Those behind it, it may: a record that is too large was never given a sequence. */
  #giveUp(lane: Lane, refusal: Refusal): void {
    const error = toMillraceError(refusal);
    if (error.code !== 'MILL_RECORD_TOO_LARGE' || lane.queue.inDoubt) {
      this.#fail(lane, error);
      return;
    }
    lane.queue.rejectFirst(error);
    this.#route(lane);
  }

  #fail(lane: Lane, error: MillraceError): void {
    if (lane.queue.batch !== undefined) this.#broken = true;
    lane.underWay = false;
    lane.queue.rejectAll(error);
  }
}
