/**
 * One transactional id, one transaction at a time:
 *
 *     AddPartitionsToTxn -> Produce and (AddOffsetsToTxn -> TxnOffsetCommit) side by side -> EndTxn
 *
 * Requests are those of before KIP-890, which brokers of all versions take. Whatever fails ends the producer's use: the
 * next one that opens the id ends the transaction.
 */
import { MillraceError } from '../../../ports/index.ts';
import { byTopic } from '../by-topic.ts';
import type { GroupOffsets, PartitionBatch, StoredBatch, TransactionalProducer } from '../client.ts';
import type { Cluster } from './cluster.ts';
import { CODE } from './error-codes.ts';
import { accept, Refusal, toMillraceError } from './failures.ts';
import { committedOffsets } from './offsets.ts';
import { Sender, type ProducerIdentity } from './sender.ts';
import type { Wire } from './wire.ts';

/** The coordinator is still writing the markers of the transaction before: a few milliseconds. */
const FIRST_DELAY_MS = 2;

type Identity = ProducerIdentity & { readonly transactionalId: string };

export class PlatformaticTransactionalProducer implements TransactionalProducer {
  readonly #cluster: Cluster;
  readonly #wire: Wire;
  readonly #identity: Identity;
  readonly #sender: Sender;
  /** `spoilt`: a transaction is open that must not be committed. */
  #state: 'ready' | 'busy' | 'spoilt' | 'ended' = 'ready';

  private constructor(cluster: Cluster, wire: Wire, identity: Identity) {
    this.#cluster = cluster;
    this.#wire = wire;
    this.#identity = identity;
    this.#sender = new Sender(cluster, wire, identity);
  }

  static async open(cluster: Cluster, transactionalId: string, timeoutMs: number): Promise<PlatformaticTransactionalProducer> {
    const wire = cluster.openWire();
    try {
      const identity = await cluster.coordinated('transaction', transactionalId, async (coordinator) => {
        const answer = await wire.ask(coordinator, cluster.library.initProducerIdV4.api, transactionalId, timeoutMs, -1n, -1);
        accept('InitProducerId', answer.errorCode);
        return { transactionalId, producerId: answer.producerId, producerEpoch: answer.producerEpoch };
      }, { what: `Opening the transactional id ${transactionalId}` });
      return new PlatformaticTransactionalProducer(cluster, wire, identity);
    } catch (error) {
      await wire.close();
      throw error;
    }
  }

  async transact(batches: readonly PartitionBatch[], offsets: GroupOffsets): Promise<readonly StoredBatch[]> {
    if (this.#state !== 'ready') throw new MillraceError('MILL_CLOSED', `The transactional id ${this.#identity.transactionalId} is in use, or was given up after an error.`);
    if (batches.length === 0 && offsets.positions.size === 0) return [];
    this.#state = 'busy';
    try {
      if (batches.length > 0) await this.#addPartitions(batches);
      const [stored, committed] = await Promise.allSettled([this.#sender.send(batches), this.#commitOffsets(offsets)]);
      if (stored.status === 'rejected') throw stored.reason;
      if (committed.status === 'rejected') throw committed.reason;
      await this.#commit();
      this.#state = 'ready';
      return stored.value;
    } catch (error) {
      const failure = this.#explain(error);
      this.#state = failure.code === 'MILL_FENCED' || failure.code === 'MILL_COMMIT_INDEFINITE' ? 'ended' : 'spoilt';
      throw failure;
    }
  }

  /** A transaction that failed is aborted, as readers wait for its end; if that fails too, its time-out ends it. */
  async close(): Promise<void> {
    const spoilt = this.#state === 'spoilt';
    this.#state = 'ended';
    this.#sender.close();
    if (spoilt) await this.#cluster.askCoordinator('transaction', this.#identity.transactionalId, (coordinator) => this.#end(coordinator, false)).catch(() => undefined);
    await this.#wire.close();
  }

  async #addPartitions(batches: readonly PartitionBatch[]): Promise<void> {
    const topics = byTopic(batches, ({ partition }) => partition).map(({ topic, partitions }) => ({ name: topic, partitions: [...new Set(partitions)] }));
    await this.#coordinated('AddPartitionsToTxn', async (coordinator) => {
      const { resultsByTransaction } = await this.#wire.ask(coordinator, this.#cluster.library.addPartitionsToTxnV3.api, [{ ...this.#identity, verifyOnly: false, topics }]);
      for (const { topicResults } of resultsByTransaction) {
        for (const { name, resultsByPartition } of topicResults) {
          for (const { partitionIndex, partitionErrorCode } of resultsByPartition) accept(`${name}/${partitionIndex}`, partitionErrorCode);
        }
      }
    });
  }

  async #commitOffsets({ groupId, positions }: GroupOffsets): Promise<void> {
    if (positions.size === 0) return;
    const { transactionalId, producerId, producerEpoch } = this.#identity;
    const { addOffsetsToTxnV3, txnOffsetCommitV3 } = this.#cluster.library;
    await this.#coordinated('AddOffsetsToTxn', async (coordinator) => {
      const { errorCode } = await this.#wire.ask(coordinator, addOffsetsToTxnV3.api, transactionalId, producerId, producerEpoch, groupId);
      accept(`Group ${groupId}`, errorCode);
    });
    const topics = committedOffsets(positions);
    await this.#cluster.coordinated('group', groupId, async (coordinator) => {
      // No member and no generation: the transactional id fences.
      const answer = await this.#wire.ask(coordinator, txnOffsetCommitV3.api, transactionalId, groupId, producerId, producerEpoch, -1, '', null, topics);
      for (const { name, partitions } of answer.topics) {
        for (const { partitionIndex, errorCode } of partitions) accept(`Offset of ${name}/${partitionIndex}`, errorCode);
      }
    }, { what: `TxnOffsetCommit of group ${groupId}` });
  }

  /** Once an attempt has failed, the commit may have happened all the same. */
  async #commit(): Promise<void> {
    const failures: unknown[] = [];
    try {
      await this.#coordinated('EndTxn', (coordinator) => this.#end(coordinator, true), (error) => { failures.push(error); });
    } catch (error) {
      const last = error instanceof MillraceError ? error.cause : error;
      const refusals = [...failures, last].filter((failure) => failure instanceof Refusal);
      // Told each time that the transaction before is still being written: nothing was begun.
      const certain = refusals.length > failures.length && refusals.slice(0, -1).every(({ code }) => code === CODE.CONCURRENT_TRANSACTIONS);
      if (certain) throw error;
      throw new MillraceError('MILL_COMMIT_INDEFINITE', `Whether the transaction of ${this.#identity.transactionalId} was committed is unknown: ${String(error)}`, { cause: error });
    }
  }

  async #end(coordinator: Parameters<Wire['ask']>[0], commit: boolean): Promise<void> {
    const { transactionalId, producerId, producerEpoch } = this.#identity;
    const { errorCode } = await this.#wire.ask(coordinator, this.#cluster.library.endTxnV3.api, transactionalId, producerId, producerEpoch, commit);
    accept('EndTxn', errorCode);
  }

  #coordinated(what: string, request: (coordinator: Parameters<Wire['ask']>[0]) => Promise<void>, onFailure?: (error: unknown) => void): Promise<void> {
    return this.#cluster.coordinated('transaction', this.#identity.transactionalId, request, {
      what: `${what} of ${this.#identity.transactionalId}`, firstDelayMs: FIRST_DELAY_MS, ...onFailure !== undefined && { onFailure },
    });
  }

  /** What the port promises: fenced, indefinite, or worth doing again with a new producer. */
  #explain(error: unknown): MillraceError {
    return toMillraceError(error, `Transaction of ${this.#identity.transactionalId}`);
  }
}
