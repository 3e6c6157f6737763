/**
 * Sends batches as one idempotent producer: each partition has a queue, each node one request under way that holds the
 * first batch of each of its partitions' queues. So a partition has one batch under way at a time, and an answer is taken
 * for each partition by itself.
 *
 * kafkajs' own producer does neither: its answers are by node and not by partition, so it loses or repeats records where
 * partitions of several leaders are sent at once, and after a failure it gives a sequence number away again that may have
 * been stored (test/connectors/kafka/kafkajs-faults.test.ts shows both).
 *
 *   queued -> under way -> stored
 *      ^          |   \-> refused (certain that it was not stored): the batch fails, the sender goes on
 *      +- retry --+   \-> failed (it may have been stored): the sender is broken, for good
 */
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';
import { MillraceError, topicPartitionKey } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type { PartitionBatch, StoredBatch } from '../client.ts';
import { PartitionQueue } from '../partition-queue.ts';
import { isRetriable, isTooLarge, kafkaError, kafkaErrorType } from './errors.ts';
import type { Lane, Nodes } from './nodes.ts';
import { produce, type ProducedPartition } from './produce.ts';
import { sleep } from './retry.ts';
import type { Topics } from './topics.ts';

const MAX_REQUEST_BYTES = 8_000_000;
const RETRY_DELAY_MS = 50;

export interface ProducerIdentity {
  readonly transactionalId: string | null;
  readonly producerId: number;
  readonly producerEpoch: number;
}

interface Queued {
  readonly queue: PartitionQueue;
  busy: boolean;
}

/** Said before anything is written. Not so NOT_LEADER_FOR_PARTITION: also who loses the lead while replicas are waited for says it. */
const REFUSALS: ReadonlySet<string | undefined> = new Set([
  'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_ENOUGH_REPLICAS', 'INVALID_TOPIC_EXCEPTION', 'INVALID_RECORD',
  'INVALID_TIMESTAMP', 'CORRUPT_MESSAGE', 'UNSUPPORTED_VERSION', 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'UNSUPPORTED_COMPRESSION_TYPE', 'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);

/** The broker's view of this producer differs from ours. */
const isOfTheProducer = (error: unknown): boolean => /SEQUENCE|PRODUCER|TXN|KAFKAJS_UNKNOWN/.test(kafkaErrorType(error) ?? '');

export class Sender {
  readonly #nodes: Nodes;
  readonly #topics: Topics;
  readonly #lane: Lane;
  readonly #identity: ProducerIdentity;
  readonly #options: CompiledConnectionOptions;
  readonly #queues = new Map<string, Queued>();
  readonly #leaders = new Map<string, readonly number[]>();
  readonly #busyNodes = new Set<number>();
  #lookingUp = false;
  #broken: MillraceError | undefined;

  constructor(nodes: Nodes, topics: Topics, lane: Lane, identity: ProducerIdentity, options: CompiledConnectionOptions) {
    this.#nodes = nodes;
    this.#topics = topics;
    this.#lane = lane;
    this.#identity = identity;
    this.#options = options;
  }

  /** Set when something may have been stored that was not acknowledged: a new producer is needed. */
  get broken(): MillraceError | undefined {
    return this.#broken;
  }

  send({ topic, partition, records }: PartitionBatch, forMs: number): Promise<StoredBatch> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const key = topicPartitionKey({ topic, partition });
    const { transactionalId, producerId, producerEpoch } = this.#identity;
    const queued = this.#queues.get(key) ?? {
      queue: new PartitionQueue({ topic, partition }, { producerId, producerEpoch, transactional: transactionalId !== null, compression: this.#options.compression }), busy: false,
    };
    this.#queues.set(key, queued);
    const stored = queued.queue.add(records, Date.now() + forMs);
    this.#pump();
    return stored;
  }

  /** What waits fails, and nothing more is sent. */
  break(error: MillraceError): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    for (const { queue } of this.#queues.values()) queue.rejectAll(error);
  }

  #pump(): void {
    if (this.#broken !== undefined) return;
    const ready = new Map<number, Queued[]>();
    const unknown = new Set<string>();
    for (const queued of this.#queues.values()) {
      const { queue, busy } = queued;
      if (busy || queue.isEmpty) continue;
      const leader = this.#leaders.get(queue.topic)?.[queue.partition] ?? -1;
      if (leader < 0) unknown.add(queue.topic);
      else if (!this.#busyNodes.has(leader)) ready.set(leader, [...ready.get(leader) ?? [], queued]);
    }
    if (unknown.size > 0) void this.#lookUp([...unknown]);
    for (const [node, queues] of ready) void this.#request(node, queues);
  }

  async #lookUp(topics: readonly string[]): Promise<void> {
    if (this.#lookingUp) return;
    this.#lookingUp = true;
    try {
      for (const { topic, leaders } of await this.#topics.describeNow(topics)) this.#leaders.set(topic, leaders);
      this.#expire(topics, undefined);
    } catch (error) {
      this.#expire(topics, error);
    }
    const found = topics.every((topic) => this.#queuesOf(topic).every(({ queue: { partition } }) => (this.#leaders.get(topic)?.[partition] ?? -1) >= 0));
    if (!found) await sleep(RETRY_DELAY_MS);
    this.#lookingUp = false;
    this.#pump();
  }

  #queuesOf(topic: string): Queued[] {
    return [...this.#queues.values()].filter(({ queue }) => queue.topic === topic && !queue.isEmpty);
  }

  /** Ends what has found no leader for too long, or at once where asking again is of no use. */
  #expire(topics: readonly string[], error: unknown): void {
    for (const { queue, busy } of topics.flatMap((topic) => this.#queuesOf(topic))) {
      if (busy || (this.#leaders.get(queue.topic)?.[queue.partition] ?? -1) >= 0) continue;
      if (Date.now() < queue.until && (error === undefined || isRetriable(error))) continue;
      this.#fail(queue, error ?? new MillraceError('MILL_KAFKA_UNAVAILABLE', `${queue.topic}/${queue.partition} does not exist, or has no leader`));
    }
  }

  async #request(node: number, ready: readonly Queued[]): Promise<void> {
    this.#busyNodes.add(node);
    const taken: Queued[] = [];
    let bytes = 0;
    for (const queued of ready) {
      if (bytes > MAX_REQUEST_BYTES) break;
      if (queued.busy) continue;
      queued.busy = true;
      taken.push(queued);
      bytes += await this.#encode(queued.queue);
    }
    if (this.#broken === undefined) await this.#exchange(node, taken.map(({ queue }) => queue).filter(({ batch }) => batch !== undefined));
    for (const queued of taken) queued.busy = false;
    this.#busyNodes.delete(node);
    this.#pump();
  }

  async #encode(queue: PartitionQueue): Promise<number> {
    try {
      return (await queue.encode())?.length ?? 0;
    } catch (error) {
      this.#fail(queue, error);
      return 0;
    }
  }

  async #exchange(node: number, queues: readonly PartitionQueue[]): Promise<void> {
    const sets = queues.flatMap(({ topic, partition, batch }) => (batch === undefined ? [] : [{ topic, partition, set: batch }]));
    if (sets.length === 0) return;
    let answers: ReadonlyMap<string, ProducedPartition>;
    try {
      answers = await this.#nodes.on(node, this.#lane, (broker) => produce(broker, sets, { transactionalId: this.#identity.transactionalId, timeoutMs: this.#options.requestTimeoutMs }));
    } catch (error) {
      for (const queue of queues) this.#notStored(queue, error);
      await sleep(RETRY_DELAY_MS);
      return;
    }
    let again = false;
    for (const queue of queues) {
      const answer = answers.get(topicPartitionKey(queue));
      if (answer?.errorCode === 0) queue.stored(answer.baseOffset);
      else again = this.#notStored(queue, createErrorFromCode(answer?.errorCode ?? -1)) || again;
    }
    if (again) await sleep(RETRY_DELAY_MS);
  }

  /** @returns whether it shall be tried again */
  #notStored(queue: PartitionQueue, error: unknown): boolean {
    if (queue.isEmpty || (isTooLarge(error) && queue.shrink())) return false;
    queue.inDoubt ||= !REFUSALS.has(kafkaErrorType(error));
    if (isRetriable(error) && !isOfTheProducer(error) && Date.now() < queue.until) {
      this.#leaders.delete(queue.topic);
      return true;
    }
    this.#fail(queue, error);
    return false;
  }

  #fail(queue: PartitionQueue, cause: unknown): void {
    const error = kafkaError(cause, `Records for ${queue.topic}/${queue.partition} cannot be stored`);
    if (queue.inDoubt) this.break(error); else queue.rejectFirst(error);
  }
}
