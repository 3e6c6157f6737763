/**
 * Sends batches as one idempotent producer: each partition has a queue, each node one request under way that holds the
 * first part of each of its partitions' queues. So a partition has one batch under way at a time, whose bytes and sequence
 * numbers stay the same however often it is tried, and an answer is taken for each partition by itself.
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
import { MillraceError, topicPartitionKey, type OutgoingRecord } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type { PartitionBatch, StoredBatch } from '../client.ts';
import { encodeBatch } from '../records/index.ts';
import { isRetriable, kafkaError, kafkaErrorType } from './errors.ts';
import type { Lane, Nodes } from './nodes.ts';
import { produce, type ProducedPartition } from './produce.ts';
import { sleep } from './retry.ts';
import type { Topics } from './topics.ts';

/** Below the usual max.message.bytes (1 MiB), with room for what is only estimated. */
const MAX_PART_BYTES = 900_000;
const MAX_REQUEST_BYTES = 8_000_000;
/** More than a record's own numbers take. */
const RECORD_OVERHEAD = 32;
const HEADER_OVERHEAD = 12;
const RETRY_DELAY_MS = 50;
const SEQUENCE_END = 0x8000_0000;

export interface ProducerIdentity {
  readonly transactionalId: string | null;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A batch as it was given to `send`; sent in parts. */
interface Sending {
  readonly resolve: (stored: StoredBatch) => void;
  readonly reject: (error: MillraceError) => void;
  readonly until: number;
  firstOffset: number | undefined;
}

interface Part {
  readonly sending: Sending;
  readonly records: readonly OutgoingRecord[];
  readonly isLast: boolean;
  bytes: Buffer | undefined;
  /** An earlier try may have been stored. */
  inDoubt: boolean;
}

interface Queue {
  readonly topic: string;
  readonly partition: number;
  readonly parts: Part[];
  nextSequence: number;
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

function estimatedBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += HEADER_OVERHEAD + name.length * 3 + (headers[name]?.length ?? 0);
  return bytes;
}

function* split(records: readonly OutgoingRecord[]): Generator<readonly OutgoingRecord[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    const size = estimatedBytes(record);
    if (index > start && bytes + size > MAX_PART_BYTES) {
      yield records.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  yield start === 0 ? records : records.slice(start);
}

export class Sender {
  readonly #nodes: Nodes;
  readonly #topics: Topics;
  readonly #lane: Lane;
  readonly #identity: ProducerIdentity;
  readonly #options: CompiledConnectionOptions;
  readonly #queues = new Map<string, Queue>();
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
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) {
        reject(this.#broken);
        return;
      }
      const key = topicPartitionKey({ topic, partition });
      const queue: Queue = this.#queues.get(key) ?? { topic, partition, parts: [], nextSequence: 0, busy: false };
      this.#queues.set(key, queue);
      const sending: Sending = { resolve, reject, until: Date.now() + forMs, firstOffset: undefined };
      const parts = [...split(records)];
      queue.parts.push(...parts.map((part, index) => ({ sending, records: part, isLast: index === parts.length - 1, bytes: undefined, inDoubt: false })));
      this.#pump();
    });
  }

  /** What waits fails, and nothing more is sent. */
  break(error: MillraceError): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    for (const { parts } of this.#queues.values()) for (const { sending } of parts.splice(0)) sending.reject(error);
  }

  #pump(): void {
    if (this.#broken !== undefined) return;
    const ready = new Map<number, Queue[]>();
    const unknown = new Set<string>();
    for (const queue of this.#queues.values()) {
      if (queue.busy || queue.parts.length === 0) continue;
      const leader = this.#leaders.get(queue.topic)?.[queue.partition] ?? -1;
      if (leader < 0) unknown.add(queue.topic);
      else if (!this.#busyNodes.has(leader)) ready.set(leader, [...ready.get(leader) ?? [], queue]);
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
    const found = topics.every((topic) => this.#queuesOf(topic).every(({ partition }) => (this.#leaders.get(topic)?.[partition] ?? -1) >= 0));
    if (!found) await sleep(RETRY_DELAY_MS);
    this.#lookingUp = false;
    this.#pump();
  }

  #queuesOf(topic: string): Queue[] {
    return [...this.#queues.values()].filter((queue) => queue.topic === topic && queue.parts.length > 0);
  }

  /** Ends what has found no leader for too long, or at once where asking again is of no use. */
  #expire(topics: readonly string[], error: unknown): void {
    for (const queue of topics.flatMap((topic) => this.#queuesOf(topic))) {
      if (queue.busy || (this.#leaders.get(queue.topic)?.[queue.partition] ?? -1) >= 0) continue;
      const [part] = queue.parts;
      if (part === undefined || (Date.now() < part.sending.until && (error === undefined || isRetriable(error)))) continue;
      this.#fail(queue, part, error ?? new MillraceError('MILL_KAFKA_UNAVAILABLE', `${queue.topic}/${queue.partition} does not exist, or has no leader`));
    }
  }

  async #request(node: number, queues: readonly Queue[]): Promise<void> {
    this.#busyNodes.add(node);
    const taken: Queue[] = [];
    let bytes = 0;
    for (const queue of queues) {
      if (bytes > MAX_REQUEST_BYTES) break;
      if (queue.busy) continue;
      queue.busy = true;
      taken.push(queue);
      bytes += await this.#encode(queue);
    }
    if (this.#broken === undefined) await this.#exchange(node, taken);
    for (const queue of taken) queue.busy = false;
    this.#busyNodes.delete(node);
    this.#pump();
  }

  async #encode(queue: Queue): Promise<number> {
    const [part] = queue.parts;
    if (part === undefined) return 0;
    const { transactionalId, producerId, producerEpoch } = this.#identity;
    try {
      part.bytes ??= (await encodeBatch(part.records, 0, {
        producerId, producerEpoch, firstSequence: queue.nextSequence, transactional: transactionalId !== null, compression: this.#options.compression, maxBytes: Number.POSITIVE_INFINITY,
      })).bytes;
      return part.bytes.length;
    } catch (error) {
      this.#fail(queue, part, error);
      return 0;
    }
  }

  async #exchange(node: number, queues: readonly Queue[]): Promise<void> {
    const sets = queues.flatMap(({ topic, partition, parts: [part] }) => (part?.bytes === undefined ? [] : [{ topic, partition, set: part.bytes }]));
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
      if (answer?.errorCode === 0) this.#stored(queue, answer.baseOffset);
      else again = this.#notStored(queue, createErrorFromCode(answer?.errorCode ?? -1)) || again;
    }
    if (again) await sleep(RETRY_DELAY_MS);
  }

  #stored(queue: Queue, baseOffset: number): void {
    const part = queue.parts.shift();
    if (part === undefined) return;
    const { sending, records, isLast } = part;
    queue.nextSequence = (queue.nextSequence + records.length) % SEQUENCE_END;
    sending.firstOffset ??= baseOffset;
    if (isLast) sending.resolve({ firstOffset: sending.firstOffset, lastOffset: baseOffset + records.length - 1 });
  }

  /** @returns whether it shall be tried again */
  #notStored(queue: Queue, error: unknown): boolean {
    const [part] = queue.parts;
    if (part === undefined) return false;
    if (kafkaErrorType(error) === 'MESSAGE_TOO_LARGE' && part.records.length > 1) {
      const { sending, records, isLast, inDoubt } = part;
      const middle = records.length >>> 1;
      const halves = [records.slice(0, middle), records.slice(middle)];
      queue.parts.splice(0, 1, ...halves.map((half, index) => ({ sending, records: half, isLast: isLast && index === 1, bytes: undefined, inDoubt })));
      return false;
    }
    part.inDoubt ||= !REFUSALS.has(kafkaErrorType(error));
    if (isRetriable(error) && !isOfTheProducer(error) && Date.now() < part.sending.until) {
      this.#leaders.delete(queue.topic);
      return true;
    }
    this.#fail(queue, part, error);
    return false;
  }

  #fail(queue: Queue, { sending, inDoubt }: Part, cause: unknown): void {
    const error = kafkaError(cause, `Records for ${queue.topic}/${queue.partition} cannot be stored`);
    if (inDoubt) {
      this.break(error);
      return;
    }
    for (let index = queue.parts.length - 1; index >= 0; index -= 1) if (queue.parts[index]?.sending === sending) queue.parts.splice(index, 1);
    sending.reject(error);
  }
}
