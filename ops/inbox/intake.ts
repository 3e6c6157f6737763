/**
 * Objects become events here, whoever told of them: published, and when Kafka has acknowledged, noted in the checkpoint.
 * Killed between the two, the next run publishes the object again under the same event id, and admission drops it.
 */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { S3Client } from '../../connectors/minio/index.ts';
import type { MediaProducer } from '../../connectors/producer/index.ts';
import { isVisible } from '../ingest/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import { eventIdOf, mediaEventOf, type InboxObject } from './object-event.ts';

export interface IntakeOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly producer: MediaProducer;
  readonly checkpoint: Checkpoint;
  /** Told of each object that was published. */
  readonly onPublished: (object: InboxObject) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  /** By event id. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** An object that was told of: what lies there now is what counts. Resolves when Kafka has it. */
  async told(key: string): Promise<void> {
    const { client, bucket } = this.#options;
    if (!isVisible(key)) return;
    try {
      await this.seen({ bucket, key, ...(await client.stat(bucket, key)) });
    } catch (error) {
      // Gone in the meantime.
      if (!(error instanceof MillraceError && error.code === 'MILL_BLOB_NOT_FOUND')) throw error;
    }
  }

  /** An object that is there. Resolves when Kafka has it, now or from an earlier time. */
  async seen(object: InboxObject): Promise<void> {
    if (!isVisible(object.key)) return;
    const id = eventIdOf(object);
    if (this.#options.checkpoint.get(object.key) === id) return;
    let publishing = this.#underWay.get(id);
    if (publishing === undefined) {
      publishing = this.#publish(object, id).finally(() => { this.#underWay.delete(id); });
      this.#underWay.set(id, publishing);
    }
    await publishing;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
  }

  async #publish(object: InboxObject, id: string): Promise<void> {
    const { producer, checkpoint, onPublished } = this.#options;
    await producer.submit([mediaEventOf(object)]);
    await checkpoint.put(object.key, id);
    onPublished(object);
  }
}
