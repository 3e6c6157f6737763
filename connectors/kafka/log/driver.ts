/**
 * The log of the cluster profile: Kafka. Topics, positions and transactions are Kafka's; state lies on this machine's
 * disk and is restored from changelog topics. Written once for every client library (`../client`).
 */
import { MillraceError, assertPartition, topicPartitionKey } from '../../ports/index.ts';
import type { GroupMember, GroupOptions, LogDriver, LogRecord, OutgoingRecord, Positions, TopicPartition, TopicSpec } from '../../ports/index.ts';
import { openKafkaClient } from '../client/index.ts';
import type { KafkaClient } from '../client/index.ts';
import { compileKafkaLogOptions } from '../options.ts';
import type { CompiledKafkaLogOptions, KafkaLogOptions } from '../options.ts';
import { DirectReads } from './direct-reads.ts';
import { Fetcher } from './fetcher.ts';
import { KafkaMember } from './member.ts';
import { Router } from './router.ts';
import { SharedProducer } from './shared-producer.ts';
import { TopicTable, assertLegalName } from './topics.ts';

/** A transaction costs several round trips: a commit waits a little for more. */
const LINGER_MS = 50;
/** What a close waits for: leaving groups and the last answers of brokers that may be gone. */
const CLOSE_WITHIN_MS = 10_000;

class KafkaLog implements LogDriver {
  readonly changelogs = true;
  readonly messagingSystem = 'kafka';
  readonly preferredLingerMs = LINGER_MS;
  readonly #client: KafkaClient;
  readonly #options: CompiledKafkaLogOptions;
  readonly #topics: TopicTable;
  readonly #router: Router;
  readonly #fetcher: Fetcher;
  readonly #producer: SharedProducer;
  readonly #reads: DirectReads;
  readonly #members = new Set<KafkaMember>();
  /** Source topics by group, as far as they were joined here. */
  readonly #sourcesOf = new Map<string, ReadonlySet<string>>();
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(client: KafkaClient, options: CompiledKafkaLogOptions) {
    this.#client = client;
    this.#options = options;
    this.#topics = new TopicTable(client, options.replicationFactor);
    this.#router = new Router(this.#topics);
    this.#fetcher = new Fetcher(client, { maxWaitMs: options.fetchMaxWaitMs });
    this.#producer = new SharedProducer(client);
    this.#reads = new DirectReads(client, { timeoutMs: options.deliveryTimeoutMs, signal: this.#closed.signal });
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    await this.#topics.ensure(topics);
  }

  async partitionCount(topic: string): Promise<number | undefined> {
    this.#assertOpen();
    await this.#topics.refresh([topic]);
    return this.#topics.find(topic)?.partitions;
  }

  maxRecordBytes(topic: string): number | undefined {
    return this.#topics.find(topic)?.maxRecordBytes;
  }

  async produce(records: readonly OutgoingRecord[]): Promise<void> {
    this.#assertOpen();
    await this.#producer.send(await this.#router.route(records));
  }

  async join(options: GroupOptions): Promise<GroupMember> {
    this.#assertOpen();
    assertLegalName('group id', options.groupId);
    const member = await KafkaMember.join({
      client: this.#client, options: this.#options, topics: this.#topics, router: this.#router, fetcher: this.#fetcher, producer: this.#producer,
      onLeft: (left) => { this.#members.delete(left); },
    }, options);
    this.#members.add(member);
    if (this.#closing !== undefined) {
      await member.leave();
      this.#assertOpen();
    }
    const sources = options.subtopologies.flatMap((subtopology) => subtopology.sources);
    this.#sourcesOf.set(options.groupId, new Set([...(this.#sourcesOf.get(options.groupId) ?? []), ...sources]));
    return member;
  }

  /** Of everything written. Where a transaction is open this lies beyond what can be read, so nobody seems to be done who is not. */
  async endOffsets(topic: string): Promise<number[]> {
    return this.#offsets(topic, 'latest');
  }

  async startOffsets(topic: string): Promise<number[]> {
    return this.#offsets(topic, 'earliest');
  }

  async deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    const ends = await this.#offsets(topic, 'latest');
    await this.#client.deleteRecords(topic, new Map([...before].map(([partition, offset]) => {
      assertPartition(topic, partition, ends.length);
      return [partition, Math.min(offset, ends[partition] ?? 0)];
    })));
  }

  async committedPositions(groupId: string): Promise<Positions> {
    this.#assertOpen();
    const joined = this.#sourcesOf.get(groupId);
    const committed = await this.#client.groupOffsets(groupId, [...(joined ?? await this.#topicsReadBy(groupId))]);
    const topics = new Set(joined ?? [...committed.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))));
    const positions = new Map<string, number>();
    await Promise.all([...topics].map(async (topic) => {
      const [starts, ends] = await Promise.all([this.#offsets(topic, 'earliest'), this.#offsets(topic, 'latest')]);
      await Promise.all(ends.map(async (end, partition) => {
        const key = topicPartitionKey({ topic, partition });
        // A group that is here has a position in each partition, though it has committed nothing there yet.
        const position = committed.get(key) ?? (joined === undefined ? undefined : starts[partition]);
        if (position !== undefined) positions.set(key, await this.#reads.furthest({ topic, partition }, position, end));
      }));
    }));
    return positions;
  }

  async read({ topic, partition }: TopicPartition, offset: number, maxRecords: number): Promise<LogRecord[]> {
    this.#assertOpen();
    const [starts, ends] = await Promise.all([this.#offsets(topic, 'earliest'), this.#offsets(topic, 'latest')]);
    assertPartition(topic, partition, ends.length);
    return this.#reads.read({ topic, partition }, Math.max(offset, starts[partition] ?? 0), ends[partition] ?? 0, maxRecords);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#closed.abort();
      const leaving = Promise.allSettled([...this.#members].map((member) => member.leave()));
      // Every task is fenced by now, so nobody asks again when the waits end.
      this.#fetcher.close();
      await within(CLOSE_WITHIN_MS, leaving);
      await within(CLOSE_WITHIN_MS, Promise.allSettled([this.#producer.close()]));
      await within(CLOSE_WITHIN_MS, Promise.allSettled([this.#client.close()]));
    })();
    return this.#closing;
  }

  async #offsets(topic: string, at: 'earliest' | 'latest'): Promise<number[]> {
    this.#assertOpen();
    await this.#known(topic);
    return [...(await this.#client.offsets(topic, at, 'read_uncommitted'))];
  }

  /** @throws MillraceError MILL_TOPIC_MISMATCH when there is no such topic */
  async #known(topic: string): Promise<void> {
    await this.#topics.know([topic]);
    this.#topics.get(topic);
  }

  /** Of a group that others run: what its members read now, and what else was ever asked for here. */
  async #topicsReadBy(groupId: string): Promise<ReadonlySet<string>> {
    const members = await this.#client.describeGroup(groupId);
    return new Set([...this.#topics.names, ...members.flatMap(({ partitions }) => [...partitions.keys()])]);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new MillraceError('MILL_CLOSED', 'The Kafka log was used after it was closed.');
  }
}

async function within(timeoutMs: number, pending: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([pending, new Promise((resolve) => { timer = setTimeout(resolve, timeoutMs); })]);
  clearTimeout(timer);
}

/**
 * Connects to the cluster.
 * @throws MillraceError MILL_CONFIG_INVALID, MILL_KAFKA_UNAVAILABLE, MILL_KAFKA_AUTH
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<LogDriver> {
  const compiled = compileKafkaLogOptions(options);
  return kafkaLogOver(await openKafkaClient(compiled), compiled);
}

/** The log on a client that is connected already; it closes it. */
export const kafkaLogOver = (client: KafkaClient, options: CompiledKafkaLogOptions): LogDriver => new KafkaLog(client, options);
