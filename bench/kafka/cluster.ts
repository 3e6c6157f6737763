/** One broker for all contenders, and what is done on it apart from them: filling, watching what is committed, reading the output back. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import { openKafkaLog } from '../../connectors/kafka/index.ts';
import type { LogDriver, OutgoingRecord } from '../../connectors/ports/index.ts';
import { startKafkaStack } from '../../ops/stack/index.ts';
import type { KafkaStack } from '../../ops/stack/index.ts';

export const PARTITIONS = 6;
const HEAP_MB = 768;
/** How closely the committed offsets are watched. */
const WATCH_MS = 25;
const READ_AT_ONCE = 20_000;
/** The bare loops write what they have of a partition as one batch. */
const LARGEST_BATCH_BYTES = 8 << 20;

export class Cluster {
  readonly #stack: KafkaStack;
  readonly #admin: Admin;
  readonly #log: LogDriver;
  readonly #directory: string;

  private constructor(stack: KafkaStack, admin: Admin, log: LogDriver, directory: string) {
    this.#stack = stack;
    this.#admin = admin;
    this.#log = log;
    this.#directory = directory;
  }

  static async start(): Promise<Cluster> {
    const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
    let stack: KafkaStack | undefined;
    try {
      stack = await startKafkaStack({ directory, compiler: 'full', heapMb: HEAP_MB, log: (line) => { process.stderr.write(`${line}\n`); } });
      const admin = new Kafka({ clientId: 'bench', brokers: [...stack.brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const log = await openKafkaLog({ brokers: [...stack.brokers], driver: 'platformatic', stateDirectory: path.join(directory, 'unused') });
      return new Cluster(stack, admin, log, directory);
    } catch (error) {
      await stack?.kill();
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get brokers(): string {
    return this.#stack.bootstrap;
  }

  async createTopic(topic: string): Promise<void> {
    await this.#log.ensureTopics([{ topic, partitions: PARTITIONS, maxRecordBytes: LARGEST_BATCH_BYTES }]);
  }

  /** A new topic with these records. */
  async fill(topic: string, chunks: Iterable<readonly OutgoingRecord[]>): Promise<void> {
    await this.createTopic(topic);
    for (const chunk of chunks) await this.#log.produce(chunk);
  }

  /** Resolves when the group has committed all that the topic holds. */
  async whenCommitted(groupId: string, topic: string): Promise<void> {
    const ends = await this.#log.endOffsets(topic);
    for (;;) {
      const [answer] = await this.#admin.fetchOffsets({ groupId, topics: [topic] });
      if (answer?.partitions.length === ends.length && answer.partitions.every(({ partition, offset }) => Number(offset) >= (ends[partition] ?? 0))) return;
      await sleep(WATCH_MS);
    }
  }

  /** Keys of all records that a reader of committed ones gets. */
  async *committedKeys(topic: string): AsyncIterable<string> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let offset = 0; ;) {
        const records = await this.#log.read({ topic, partition }, offset, READ_AT_ONCE);
        for (const { key } of records) yield key?.toString() ?? '';
        const last = records.at(-1);
        if (last === undefined) break;
        offset = last.offset + 1;
      }
    }
  }

  /** What a contender made. */
  async deleteTopicsOf(applicationId: string): Promise<void> {
    const topics = (await this.#admin.listTopics()).filter((topic) => topic.startsWith(`${applicationId}-`));
    if (topics.length > 0) await this.#admin.deleteTopics({ topics });
  }

  /** An empty directory, while `use` runs. */
  async withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
    const directory = await mkdtemp(path.join(this.#directory, 'state-'));
    try {
      return await use(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async stop(): Promise<void> {
    await this.#log.close();
    await this.#admin.disconnect();
    await this.#stack.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
