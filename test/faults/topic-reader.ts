/**
 * Reads topics apart from all code of Millrace, so that a fault of our own reader cannot hide: a bare kafkajs consumer,
 * read_committed. Records stand by their offset, so one that is read again after a broker went away is the same one.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, IHeaders, Kafka } from 'kafkajs';

const POLL_MS = 100;

export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

export class TopicReader {
  readonly #topic: string;
  readonly #consumer: Consumer;
    readonly #records: readonly Map<number, ReadRecord>[];

  private constructor(kafka: Kafka, topic: string, partitions: number) {
    this.#topic = topic;
    this.#consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: POLL_MS, readUncommitted: false });
    this.#records = Array.from({ length: partitions }, () => new Map());
  }

  /** From the first record on. */
  static async open(kafka: Kafka, topic: string, partitions: number): Promise<TopicReader> {
    const reader = new TopicReader(kafka, topic, partitions);
    await reader.#consumer.connect();
    await reader.#consumer.subscribe({ topic, fromBeginning: true });
    await reader.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        for (const { key, value, headers = {}, offset } of messages) {
          reader.#records[partition]?.set(Number(offset), { partition, offset: Number(offset), key, value, headers });
        }
      },
    });
    return reader;
  }

  /** What has been read so far: in order of offsets, a partition after the other. */
  records(): ReadRecord[] {
    return this.#records.flatMap((partition) => [...partition].sort(([a], [b]) => a - b).map(([, message]) => message));
  }

  /** Resolves when this holds of what has been read, or the time is over. */
  async until(condition: (records: readonly ReadRecord[]) => boolean, timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    let seen = -1;
    for (;;) {
      const count = this.#records.reduce((sum, { size }) => sum + size, 0);
      if (count !== seen && condition(this.records())) return true;
      seen = count;
      if (performance.now() > deadlineMs) return false;
      await sleep(POLL_MS);
    }
  }

  /** Resolves when everything below these offsets has been read; the last record of each partition must be a committed one. */
  async upTo(endOffsets: readonly number[], timeoutMs: number): Promise<void> {
    const reached = await this.until(() => endOffsets.every((end, partition) => end === 0 || this.#records[partition]?.has(end - 1)), timeoutMs);
    if (!reached) throw new Error(`${this.#topic} cannot be read up to ${endOffsets.join()}`);
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
  }
}
