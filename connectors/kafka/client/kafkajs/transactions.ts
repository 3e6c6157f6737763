/**
 * One transaction after the other, for one transactional id.
 *
 *   AddPartitionsToTxn -> records, and AddOffsetsToTxn -> TxnOffsetCommit, at the same time -> EndTxn
 *
 * EndTxn is tried again as long as its outcome is unknown: to the coordinator a second commit of the same transaction is
 * no other than the first. Only when no answer comes within the time, or another producer of the id has come in between,
 * is the outcome reported as unknown.
 */
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import { byTopic } from '../by-topic.ts';
import type { GroupOffsets, PartitionBatch, StoredBatch, TransactionalProducer } from '../client.ts';
import { Coordinator } from './coordinator.ts';
import { isFenced, kafkaError } from './errors.ts';
import type { Lane, Nodes } from './nodes.ts';
import { offsetsByTopic } from './offsets.ts';
import { Sender, type ProducerIdentity } from './sender.ts';
import type { Topics } from './topics.ts';

interface InitAnswer {
  readonly producerId: string;
  readonly producerEpoch: number;
}

const ABORT_MS = 5_000;

export interface TransactionsOptions {
  readonly nodes: Nodes;
  readonly topics: Topics;
  /** Of its own: a coordinator or leader answers one request of a connection after the other. */
  readonly lane: Lane;
  readonly transactionalId: string;
  readonly timeoutMs: number;
  readonly connection: CompiledConnectionOptions;
}

export async function openTransactions(options: TransactionsOptions): Promise<TransactionalProducer> {
  const { nodes, lane, transactionalId, timeoutMs, connection } = options;
  const coordinator = new Coordinator(nodes, 'transaction', transactionalId);
  try {
    const { producerId, producerEpoch } = await coordinator.call<InitAnswer>(lane, 'InitProducerId', { transactionalId, transactionTimeout: timeoutMs }, { forMs: connection.deliveryTimeoutMs });
    return new Transactions(options, coordinator, { transactionalId, producerId: Number(producerId), producerEpoch });
  } catch (error) {
    nodes.closeLane(lane);
    throw kafkaError(error, `The producer ${transactionalId} cannot be opened`);
  }
}

class Transactions implements TransactionalProducer {
  readonly #options: TransactionsOptions;
  readonly #coordinator: Coordinator;
  readonly #groups = new Map<string, Coordinator>();
  readonly #identity: ProducerIdentity;
  readonly #sender: Sender;
  #ended: MillraceError | undefined;

  constructor(options: TransactionsOptions, coordinator: Coordinator, identity: ProducerIdentity) {
    this.#options = options;
    this.#coordinator = coordinator;
    this.#identity = identity;
    this.#sender = new Sender(options.nodes, options.topics, options.lane, identity, options.connection);
  }

  async transact(batches: readonly PartitionBatch[], offsets: GroupOffsets): Promise<readonly StoredBatch[]> {
    if (this.#ended !== undefined) throw new MillraceError('MILL_CLOSED', `The producer ${this.#options.transactionalId} is not used again after an error.`, { cause: this.#ended });
    if (batches.length === 0 && offsets.positions.size === 0) return [];
    try {
      const stored = await this.#write(batches, offsets);
      await this.#commit();
      return stored;
    } catch (error) {
      const failure = kafkaError(error, `A transaction of ${this.#options.transactionalId} failed`);
      this.#ended = failure;
      this.#sender.break(failure);
      throw failure;
    }
  }

  async close(): Promise<void> {
    this.#ended ??= new MillraceError('MILL_CLOSED', 'It was closed.');
    this.#sender.break(this.#ended);
    this.#options.nodes.closeLane(this.#options.lane);
  }

  async #write(batches: readonly PartitionBatch[], offsets: GroupOffsets): Promise<readonly StoredBatch[]> {
    try {
      if (batches.length > 0) {
        const partitions = new Map(batches.map((batch) => [`${batch.topic}/${batch.partition}`, batch]));
        await this.#call('AddPartitionsToTxn', { topics: byTopic(partitions.values(), ({ partition }) => partition) });
      }
      const sends = batches.map((batch) => this.#sender.send(batch, this.#timeoutMs));
      const settled = await Promise.allSettled([...sends, this.#addOffsets(offsets)] as const);
      for (const result of settled) if (result.status === 'rejected') throw result.reason;
      return await Promise.all(sends);
    } catch (error) {
      if (isFenced(error)) throw this.#fenced(error);
      await this.#abort();
      throw error;
    }
  }

  async #addOffsets({ groupId, positions }: GroupOffsets): Promise<void> {
    if (positions.size === 0) return;
    await this.#call('AddOffsetsToTxn', { groupId });
    const topics = offsetsByTopic(positions);
    const group = this.#groups.get(groupId) ?? new Coordinator(this.#options.nodes, 'group', groupId);
    this.#groups.set(groupId, group);
    await group.call(this.#options.lane, 'TxnOffsetCommit', { ...this.#identity, groupId, topics }, { forMs: this.#timeoutMs });
  }

  async #commit(): Promise<void> {
    const answer = { lost: false };
    try {
      await this.#call('EndTxn', { transactionResult: true }, () => { answer.lost = true; });
    } catch (error) {
      if (isFenced(error) && !answer.lost) throw this.#fenced(error);
      throw kafkaError(error, `Whether a transaction of ${this.#options.transactionalId} was committed is unknown`, 'MILL_COMMIT_INDEFINITE');
    }
  }

  /** So that readers do not wait for the coordinator's time-out; the next producer of the id would do it too. */
  async #abort(): Promise<void> {
    await this.#coordinator.call(this.#options.lane, 'EndTxn', { ...this.#identity, transactionResult: false }, { forMs: ABORT_MS }).catch(() => undefined);
  }

  #call(api: string, body: object, onDoubt?: () => void): Promise<unknown> {
    return this.#coordinator.call(this.#options.lane, api, { ...this.#identity, ...body }, { forMs: this.#timeoutMs, ...(onDoubt !== undefined && { onDoubt }) });
  }

  #fenced(error: unknown): MillraceError {
    return kafkaError(error, `Another producer ${this.#options.transactionalId} was opened, or its transaction took too long`, 'MILL_FENCED');
  }

  /** After that long the coordinator ends the transaction itself. */
  get #timeoutMs(): number {
    return Math.min(this.#options.timeoutMs, this.#options.connection.deliveryTimeoutMs);
  }
}
