/** The idempotent producer of the instance. After a failure it is not trusted any more: the next send opens another. */
import type { KafkaClient, KafkaProducer, PartitionBatch, StoredBatch } from '../client/index.ts';

interface Opened {
  readonly producer: Promise<KafkaProducer>;
  sends: number;
  failed: boolean;
}

export class SharedProducer {
  readonly #client: KafkaClient;
  #current: Opened | undefined;

  constructor(client: KafkaClient) {
    this.#client = client;
  }

  /** Resolves when all in-sync replicas have every batch. */
  async send(batches: readonly PartitionBatch[]): Promise<readonly StoredBatch[]> {
    if (batches.length === 0) return [];
    const opened = this.#current ??= { producer: this.#client.producer(), sends: 0, failed: false };
    opened.sends++;
    try {
      return await (await opened.producer).send(batches);
    } catch (error) {
      opened.failed = true;
      if (this.#current === opened) this.#current = undefined;
      throw error;
    } finally {
      opened.sends--;
      // What else is under way may still succeed.
      if (opened.failed && opened.sends === 0) await closeQuietly(opened);
    }
  }

  async close(): Promise<void> {
    const opened = this.#current;
    this.#current = undefined;
    if (opened !== undefined) await closeQuietly(opened);
  }
}

async function closeQuietly({ producer }: Opened): Promise<void> {
  try {
    await (await producer).close();
  } catch {
    // What it was sent is acknowledged or has failed; a producer that did not open needs no end.
  }
}
