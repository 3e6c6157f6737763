/**
 * Writes batches under one producer id: a lane for each partition, one Produce request at a time to each broker, with a
 * batch of every lane that is ready. A batch is sent again, byte by byte and under the same sequence, until the broker
 * says where it lies; the broker knows the sequence and stores it once.
 *
 *     send -> lane's queue -> (leader known) -> node's ready lanes -> Produce -> stored -> next of the lane
 *                  ^------- delay, leader looked up anew <------- no leader, no answer, no replicas
 */
import { MillraceError, type OutgoingRecord } from '../../../ports/index.ts';
import { byTopic } from '../by-topic.ts';
import type { PartitionBatch, StoredBatch } from '../client.ts';
import { encodeBatch, type EncodedBatch } from '../records/index.ts';
import { delayOf } from '../retry.ts';
import type { Cluster } from './cluster.ts';
import { CODE, isRetriable } from './error-codes.ts';
import { isPassing, Refusal, toMillraceError } from './failures.ts';
import type { Wire } from './wire.ts';

/** Below the broker's default for max.message.bytes (1 MiB); a topic that takes less says so, and gets less. */
const MAX_BATCH_BYTES = 1_000_000;
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
const ALL_REPLICAS = -1;
const SEQUENCES = 2 ** 31;

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly transactionalId: string | null;
}

interface Delivery {
  readonly records: readonly OutgoingRecord[];
  readonly deadline: number;
  /** Records that are stored. */
  stored: number;
  firstOffset: number;
  readonly resolve: (stored: StoredBatch) => void;
  readonly reject: (error: MillraceError) => void;
}

interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly queue: Delivery[];
  /** Of the queue's first delivery; kept until it is stored. */
  batch: EncodedBatch | undefined;
  sequence: number;
  maxBytes: number;
  /** On its way to a node, or waiting to be. */
  underWay: boolean;
  failures: number;
  /** The batch may be stored: no answer has come. */
  uncertain: boolean;
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

  #enqueue({ topic, partition, records }: PartitionBatch): Promise<StoredBatch> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The producer was closed.');
      // The sequence of the batch that was given up may be stored: under it another would be taken for that one, and lost.
      if (this.#broken) throw new MillraceError('MILL_KAFKA_UNAVAILABLE', 'The producer gave up a batch that may be stored, and is not used again.');
      const lane = this.#laneOf(topic, partition);
      lane.queue.push({ records, deadline: Date.now() + this.#cluster.options.deliveryTimeoutMs, stored: 0, firstOffset: -1, resolve, reject });
      if (!lane.underWay) this.#route(lane);
    });
  }

  #laneOf(topic: string, partition: number): Lane {
    const key = `${topic}/${partition}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { topic, partition, queue: [], batch: undefined, sequence: 0, maxBytes: MAX_BATCH_BYTES, underWay: false, failures: 0, uncertain: false };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #route(lane: Lane): void {
    lane.underWay = lane.queue.length > 0;
    if (!lane.underWay) return;
    const leader = this.#cluster.leaderOf(lane.topic, lane.partition);
    if (leader !== undefined) {
      this.#ready(leader, lane);
      return;
    }
    this.#cluster.refreshLeaders(lane.topic).then(() => {
      const found = this.#cluster.leaderOf(lane.topic, lane.partition);
      if (found === undefined) throw new Refusal(`Leader of ${lane.topic}/${lane.partition}`, CODE.LEADER_NOT_AVAILABLE);
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
        if (batch !== undefined && bytes > 0 && bytes + batch.bytes.length > MAX_REQUEST_BYTES) break;
        node.ready.delete(lane);
        if (batch === undefined) continue;
        bytes += batch.bytes.length;
        lanes.push(lane);
      }
      if (lanes.length > 0) await this.#produce(leader, lanes);
    }
    node.pumping = false;
  }

  /** What the lane has to send; `undefined` when it has nothing, or its records cannot be written. */
  async #batchOf(lane: Lane): Promise<EncodedBatch | undefined> {
    const [delivery] = lane.queue;
    if (delivery === undefined || lane.batch !== undefined) return lane.batch;
    const { compression } = this.#cluster.options;
    const { producerId, producerEpoch, transactionalId } = this.#identity;
    try {
      const batch = await encodeBatch(delivery.records, delivery.stored, {
        compression, maxBytes: lane.maxBytes, producerId: Number(producerId), producerEpoch, firstSequence: lane.sequence, transactional: transactionalId !== null,
      });
      // Unless it was closed in the meantime.
      if (lane.queue[0] === delivery) lane.batch = batch;
    } catch (error) {
      this.#fail(lane, new MillraceError('MILL_SERIALIZATION', `Records for ${lane.topic} cannot be written: ${String(error)}`, { cause: error }));
    }
    return lane.batch;
  }

  async #produce(leader: number, lanes: readonly Lane[]): Promise<void> {
    const pending = new Map(lanes.map((lane) => [`${lane.topic}/${lane.partition}`, lane]));
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
          const key = `${name}/${answer.index}`;
          const lane = pending.get(key);
          pending.delete(key);
          if (lane !== undefined) this.#answered(leader, lane, answer);
        }
      }
      for (const lane of pending.values()) this.#later(lane, new Refusal(`${lane.topic}/${lane.partition}`, CODE.UNKNOWN_TOPIC_OR_PARTITION));
    } catch (error) {
      for (const lane of pending.values()) {
        lane.uncertain = true;
        this.#later(lane, error);
      }
    }
  }

  #request(writer: ReturnType<Cluster['library']['Writer']['create']>, lanes: readonly Lane[]): typeof writer {
    return writer
      .appendString(this.#identity.transactionalId)
      .appendInt16(ALL_REPLICAS)
      .appendInt32(this.#cluster.brokerTimeoutMs)
      .appendArray([...byTopic(lanes, (lane) => lane)], (w, { topic, partitions }) => {
        w.appendString(topic).appendArray(partitions, (inner, { partition, batch }) => { inner.appendInt32(partition).appendBytes(batch?.bytes); });
      })
      .appendTaggedFields();
  }

  #answered(leader: number, lane: Lane, { errorCode, baseOffset, errorMessage }: PartitionAnswer): void {
    const [delivery] = lane.queue;
    const { batch } = lane;
    if (delivery === undefined || batch === undefined) return; // Closed in the meantime.
    if (errorCode === CODE.NONE) {
      this.#stored(lane, delivery, batch, Number(baseOffset));
    } else if ((errorCode === CODE.MESSAGE_TOO_LARGE || errorCode === CODE.RECORD_LIST_TOO_LARGE) && batch.count > 1) {
      lane.maxBytes = Math.floor(Math.min(batch.bytes.length, lane.maxBytes) / 2);
      lane.batch = undefined;
    } else {
      const refusal = new Refusal(`Writing to ${lane.topic}/${lane.partition}`, errorCode, errorMessage);
      lane.uncertain ||= errorCode === CODE.REQUEST_TIMED_OUT || errorCode === CODE.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
      if (isRetriable(errorCode)) this.#later(lane, refusal); else this.#giveUp(lane, refusal);
      return;
    }
    if (lane.queue.length > 0) this.#ready(leader, lane); else lane.underWay = false;
  }

  #stored(lane: Lane, delivery: Delivery, { count }: EncodedBatch, baseOffset: number): void {
    if (delivery.stored === 0) delivery.firstOffset = baseOffset;
    delivery.stored += count;
    lane.sequence = (lane.sequence + count) % SEQUENCES;
    lane.batch = undefined;
    lane.failures = 0;
    lane.uncertain = false;
    if (delivery.stored < delivery.records.length) return;
    lane.queue.shift();
    delivery.resolve({ firstOffset: delivery.firstOffset, lastOffset: baseOffset + count - 1 });
  }

  /** Tries the lane's batch again, at whoever leads then. */
  #later(lane: Lane, error: unknown): void {
    const delayMs = delayOf(lane.failures++);
    const [delivery] = lane.queue;
    if (delivery === undefined) {
      lane.underWay = false;
    } else if (!isPassing(error) || Date.now() + delayMs > delivery.deadline) {
      this.#fail(lane, toMillraceError(error, `Writing to ${lane.topic}/${lane.partition}`));
    } else {
      this.#cluster.forgetLeaders(lane.topic);
      setTimeout(() => { this.#route(lane); }, delayMs);
    }
  }

  /** The broker will not have the batch. Those behind it, it may: a record that is too large was never given a sequence. */
  #giveUp(lane: Lane, refusal: Refusal): void {
    const error = toMillraceError(refusal);
    if (error.code !== 'MILL_RECORD_TOO_LARGE') {
      this.#fail(lane, error);
      return;
    }
    lane.queue.shift()?.reject(error);
    lane.batch = undefined;
    this.#route(lane);
  }

  #fail(lane: Lane, error: MillraceError): void {
    if (lane.batch !== undefined && error.code !== 'MILL_SERIALIZATION') this.#broken = true;
    lane.batch = undefined;
    lane.underWay = false;
    for (const delivery of lane.queue.splice(0)) delivery.reject(error);
  }
}
