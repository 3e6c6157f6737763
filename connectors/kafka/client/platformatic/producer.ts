/** The idempotent producer of a client. When the fate of a batch is unknown, what follows is sent under a new producer id. */
import { MillraceError } from '../../../ports/index.ts';
import type { KafkaProducer, PartitionBatch, StoredBatch } from '../client.ts';
import type { Cluster } from './cluster.ts';
import { accept } from './failures.ts';
import { Sender, type ProducerIdentity } from './sender.ts';
import type { Wire } from './wire.ts';

/** Of a producer without a transactional id; brokers do not use it. */
const NO_TRANSACTION_TIMEOUT_MS = 60_000;

async function newIdentity(cluster: Cluster): Promise<ProducerIdentity> {
  return cluster.retry(async () => {
    const answer = await cluster.askAny(cluster.library.initProducerIdV4.api, null, NO_TRANSACTION_TIMEOUT_MS, -1n, -1);
    accept('Producer id', answer.errorCode);
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch, transactionalId: null };
  }, { what: 'Opening a producer' });
}

export class IdempotentProducer implements KafkaProducer {
  readonly #cluster: Cluster;
  readonly #wire: Wire;
  #sender: Promise<Sender>;
  #closed = false;

  private constructor(cluster: Cluster, wire: Wire, sender: Sender) {
    this.#cluster = cluster;
    this.#wire = wire;
    this.#sender = Promise.resolve(sender);
  }

  static async open(cluster: Cluster): Promise<IdempotentProducer> {
    const wire = cluster.openWire();
    return new IdempotentProducer(cluster, wire, new Sender(cluster, wire, await newIdentity(cluster)));
  }

  async send(batches: readonly PartitionBatch[]): Promise<readonly StoredBatch[]> {
    if (this.#closed) throw new MillraceError('MILL_CLOSED', 'The producer was closed.');
    return (await this.#usable()).send(batches);
  }

  async close(): Promise<void> {
    this.#closed = true;
    (await this.#sender.catch(() => undefined))?.close();
    await this.#wire.close();
  }

  async #usable(): Promise<Sender> {
    const current = this.#sender;
    const sender = await current.catch(() => undefined);
    if (sender !== undefined && !sender.broken) return sender;
    // Whoever comes first replaces it.
    if (this.#sender === current) this.#sender = newIdentity(this.#cluster).then((identity) => new Sender(this.#cluster, this.#wire, identity));
    return this.#sender;
  }
}
