/** The producer for what is written outside transactions. */
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type { KafkaProducer, PartitionBatch, StoredBatch } from '../client.ts';
import { call, type Lane, type Nodes } from './nodes.ts';
import { retrying } from './retry.ts';
import { Sender } from './sender.ts';
import type { Topics } from './topics.ts';

interface InitAnswer {
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** Without transactions it stands for nothing. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/** A sender that broke is replaced by one with another producer id: its records may be sent again, and are then there twice. */
export class IdempotentProducer implements KafkaProducer {
  readonly #nodes: Nodes;
  readonly #topics: Topics;
  readonly #lane: Lane;
  readonly #options: CompiledConnectionOptions;
  #sender: Promise<Sender> | undefined;
  #closed = false;

  constructor(nodes: Nodes, topics: Topics, lane: Lane, options: CompiledConnectionOptions) {
    this.#nodes = nodes;
    this.#topics = topics;
    this.#lane = lane;
    this.#options = options;
  }

  async send(batches: readonly PartitionBatch[]): Promise<readonly StoredBatch[]> {
    const sender = await this.#working();
    const settled = await Promise.allSettled(batches.map((batch) => sender.send(batch, this.#options.deliveryTimeoutMs)));
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const error = new MillraceError('MILL_CLOSED', 'The Kafka producer is closed.');
    await this.#sender?.then((sender) => { sender.break(error); }, () => undefined);
    this.#nodes.closeLane(this.#lane);
  }

  /** Opens the first one; `send` is called often, and at the same time. */
  async #working(): Promise<Sender> {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The Kafka producer is closed.');
    const current = this.#sender;
    const sender = await (current ?? this.#replace(current));
    return sender.broken === undefined ? sender : await this.#replace(current);
  }

  #replace(former: Promise<Sender> | undefined): Promise<Sender> {
    if (this.#sender === former || this.#sender === undefined) {
      const opening = this.#open();
      this.#sender = opening;
      opening.catch(() => { if (this.#sender === opening) this.#sender = undefined; });
    }
    return this.#sender;
  }

  async #open(): Promise<Sender> {
    const { producerId, producerEpoch } = await retrying('A producer cannot be opened', this.#options.deliveryTimeoutMs, () => this.#nodes.isClosed || this.#closed, () =>
      this.#nodes.onAny((broker) => call<InitAnswer>(broker, 'InitProducerId', { transactionalId: null, transactionTimeout: TRANSACTION_TIMEOUT_MS })));
    return new Sender(this.#nodes, this.#topics, this.#lane, { transactionalId: null, producerId: Number(producerId), producerEpoch }, this.#options);
  }
}
