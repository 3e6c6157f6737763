/**
 * What waits for one partition under one producer id. Deliveries are cut into batches, and the first batch keeps its bytes
 * and its sequence however often it is tried, until it is known where it lies: so the broker, which knows the sequence,
 * stores it once. How it is sent and when it is given up is the driver's affair.
 */
import type { MillraceError, OutgoingRecord, TopicPartition } from '../../ports/index.ts';
import type { StoredBatch } from './client.ts';
import { encodeBatch, type BatchOptions, type EncodedBatch } from './records/index.ts';

/** Below the broker's default for max.message.bytes (1 MiB); a topic that takes less says so, and gets less. */
const MAX_BATCH_BYTES = 1_000_000;
const SEQUENCES = 2 ** 31;

export type BatchIdentity = Pick<BatchOptions, 'compression' | 'producerEpoch' | 'producerId' | 'transactional'>;

interface Delivery {
  readonly records: readonly OutgoingRecord[];
  readonly until: number;
  /** Records that are stored. */
  stored: number;
  firstOffset: number;
  readonly resolve: (stored: StoredBatch) => void;
  readonly reject: (error: MillraceError) => void;
}

export class PartitionQueue implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** The batch may be stored: a try of it got no answer, or none that is certain. */
  inDoubt = false;
  readonly #identity: BatchIdentity;
  readonly #deliveries: Delivery[] = [];
  #batch: EncodedBatch | undefined;
  #sequence = 0;
  #maxBytes = MAX_BATCH_BYTES;

  constructor({ topic, partition }: TopicPartition, identity: BatchIdentity) {
    this.topic = topic;
    this.partition = partition;
    this.#identity = identity;
  }

  get isEmpty(): boolean {
    return this.#deliveries.length === 0;
  }

  /** When the first delivery is to be given up. */
  get until(): number {
    return this.#deliveries[0]?.until ?? Number.POSITIVE_INFINITY;
  }

  /** What is to be sent, once it is encoded. */
  get batch(): Buffer | undefined {
    return this.#batch?.bytes;
  }

  /** Resolves when all the records are stored. At least one. */
  add(records: readonly OutgoingRecord[], until: number): Promise<StoredBatch> {
    return new Promise((resolve, reject) => {
      this.#deliveries.push({ records, until, stored: 0, firstOffset: -1, resolve, reject });
    });
  }

  /** Makes the batch of the first delivery, unless there is one. */
  async encode(): Promise<Buffer | undefined> {
    const [delivery] = this.#deliveries;
    if (delivery === undefined || this.#batch !== undefined) return this.batch;
    const batch = await encodeBatch(delivery.records, delivery.stored, { ...this.#identity, maxBytes: this.#maxBytes, firstSequence: this.#sequence });
    // Unless it was rejected in the meantime.
    if (this.#deliveries[0] === delivery) this.#batch = batch;
    return this.batch;
  }

  /** The batch is: on with what comes after it. */
  stored(baseOffset: number): void {
    const [delivery] = this.#deliveries;
    if (delivery === undefined || this.#batch === undefined) return; // Rejected in the meantime.
    const { count } = this.#batch;
    if (delivery.stored === 0) delivery.firstOffset = baseOffset;
    delivery.stored += count;
    this.#sequence = (this.#sequence + count) % SEQUENCES;
    this.#batch = undefined;
    this.inDoubt = false;
    if (delivery.stored < delivery.records.length) return;
    this.#deliveries.shift();
    delivery.resolve({ firstOffset: delivery.firstOffset, lastOffset: baseOffset + count - 1 });
  }

  /** The batch is too large: it is made anew, of half the bytes. @returns false when it has but one record */
  shrink(): boolean {
    if (this.#batch === undefined || this.#batch.count === 1) return false;
    this.#maxBytes = Math.floor(Math.min(this.#batch.bytes.length, this.#maxBytes) / 2);
    this.#batch = undefined;
    return true;
  }

  /** Gives up the first delivery, whose batch is certainly not stored. Those behind it go on under its sequence. */
  rejectFirst(error: MillraceError): void {
    this.#batch = undefined;
    this.#deliveries.shift()?.reject(error);
  }

  rejectAll(error: MillraceError): void {
    this.#batch = undefined;
    for (const { reject } of this.#deliveries.splice(0)) reject(error);
  }
}
