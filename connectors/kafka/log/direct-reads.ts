/** Reads that answer a question and do not wait for more: ranges of a partition, and what lies behind a position. */
import { MillraceError, topicPartitionKey } from '../../ports/index.ts';
import type { LogRecord, TopicPartition } from '../../ports/index.ts';
import type { FetchedPartition, FetchPosition, KafkaClient } from '../client/index.ts';
import type { ReadBatch } from './partition-reader.ts';
import { backOffMs, pause } from './pause.ts';

/** One read brings at most this much. */
const MAX_READ_BYTES = 64 << 20;
const FETCH_BYTES = 1 << 20;
/** A broker gives at least one batch of records, however large. */
const ONE_BATCH_BYTES = 1;
const NO_WAIT_MS = 1;
/** A commit is known before its markers are in every partition: so long a read waits for them. */
const MARKERS_WITHIN_MS = 1_000;
const MARKERS_WAIT_MS = 20;

export interface DirectReadOptions {
  /** How long a leader is looked for. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export class DirectReads {
  readonly #client: KafkaClient;
  readonly #options: DirectReadOptions;
  readonly #leaders = new Map<string, readonly number[]>();
  /** By partition, the last position that was looked behind. What nobody can read there never becomes readable. */
  readonly #skipped = new Map<string, { readonly from: number; readonly to: number }>();

  constructor(client: KafkaClient, options: DirectReadOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Committed records of a partition in [offset, endOffset), as many as fit. What belongs to a transaction that stays open is left out. */
  async read(source: TopicPartition, offset: number, endOffset: number, maxRecords: number): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    let bytes = 0;
    const deadlineMs = performance.now() + MARKERS_WITHIN_MS;
    for (let next = offset; next < endOffset && records.length < maxRecords && bytes < MAX_READ_BYTES;) {
      const batch = await this.#fetch(source, next, FETCH_BYTES, MARKERS_WAIT_MS);
      if (batch === undefined || (batch.nextOffset <= next && performance.now() >= deadlineMs)) break;
      for (const record of batch.records) {
        if (record.offset >= endOffset || records.length >= maxRecords) break;
        records.push(record);
        bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
      }
      next = batch.nextOffset;
    }
    return records;
  }

  /** The furthest position, up to `endOffset`, that stands for the same records: past transaction markers and what was aborted. */
  async furthest(source: TopicPartition, position: number, endOffset: number): Promise<number> {
    const key = topicPartitionKey(source);
    const known = this.#skipped.get(key);
    let furthest = known?.from === position ? known.to : position;
    while (furthest < endOffset) {
      const batch = await this.#fetch(source, furthest, ONE_BATCH_BYTES, NO_WAIT_MS);
      if (batch === undefined || batch.nextOffset <= furthest) break;
      const [first] = batch.records;
      furthest = first?.offset ?? batch.nextOffset;
      if (first !== undefined) break;
    }
    this.#skipped.set(key, { from: position, to: furthest });
    return Math.max(position, Math.min(furthest, endOffset));
  }

  /** `undefined` where the offset is out of range. */
  async #fetch(source: TopicPartition, offset: number, maxBytes: number, maxWaitMs: number): Promise<ReadBatch | undefined> {
    const deadlineMs = performance.now() + this.#options.timeoutMs;
    for (let failures = 0; ; failures++) {
      await pause(backOffMs(failures), this.#options.signal);
      const answer = await this.#ask({ topic: source.topic, partition: source.partition, offset, maxBytes }, maxWaitMs);
      if (answer?.outcome === 'records') return answer;
      if (answer?.outcome === 'out-of-range') return undefined;
      this.#leaders.delete(source.topic);
      if (this.#options.signal.aborted) throw new MillraceError('MILL_CLOSED', 'The log was closed.');
      if (performance.now() >= deadlineMs) throw new MillraceError('MILL_KAFKA_UNAVAILABLE', `Partition ${source.partition} of ${source.topic} has no leader.`);
    }
  }

  async #ask(position: FetchPosition, maxWaitMs: number): Promise<FetchedPartition | undefined> {
    const node = (await this.#leadersOf(position.topic))[position.partition] ?? -1;
    if (node < 0) return undefined;
    try {
      const [answer] = await this.#client.fetch(node, [position], { isolation: 'read_committed', maxWaitMs, maxBytes: position.maxBytes });
      return answer;
    } catch (error) {
      if (error instanceof MillraceError && !error.transient) throw error;
      return undefined;
    }
  }

  async #leadersOf(topic: string): Promise<readonly number[]> {
    const known = this.#leaders.get(topic);
    if (known !== undefined) return known;
    const leaders = (await this.#client.describeTopics([topic]))[0]?.leaders ?? [];
    this.#leaders.set(topic, leaders);
    return leaders;
  }
}
