/** Brokers that answer fetches as a test says: for what real ones do too rarely, and never in a given order. */
import type { FetchOptions, FetchPosition, FetchedPartition, KafkaClient } from '../../../../connectors/kafka/client/index.ts';
import type { LogRecord } from '../../../../connectors/ports/index.ts';

export interface AskedFetch {
  readonly node: number;
  readonly positions: readonly FetchPosition[];
  readonly options: FetchOptions;
  readonly answer: (partitions: readonly FetchedPartition[]) => void;
  readonly fail: (error: Error) => void;
}

export class ScriptedBrokers {
  /** Leader of partition 0 of every topic. */
  leader = 1;
  lookUps = 0;
  readonly #asked: AskedFetch[] = [];
  #onAsked: () => void = () => undefined;

  readonly client = {
    describeTopics: async (topics: readonly string[]) => {
      this.lookUps++;
      return topics.map((topic) => ({ topic, leaders: [this.leader, this.leader, this.leader] }));
    },
    fetch: (node: number, positions: readonly FetchPosition[], options: FetchOptions) => new Promise<readonly FetchedPartition[]>((answer, fail) => {
      this.#asked.push({ node, positions, options, answer, fail });
      this.#onAsked();
    }),
  } as unknown as KafkaClient;

  /** Requests that nobody has answered yet. */
  get waiting(): number {
    return this.#asked.length;
  }

  /** The next request. */
  async asked(): Promise<AskedFetch> {
    while (this.#asked.length === 0) await new Promise<void>((resolve) => { this.#onAsked = resolve; });
    return this.#asked.shift() as AskedFetch;
  }
}

export const recordAt = (offset: number, topic = 't', partition = 0): LogRecord => ({ topic, partition, offset, timestampMs: 0, key: null, value: Buffer.from(String(offset)), headers: {} });

export const brought = (offsets: readonly number[], nextOffset: number, topic = 't', partition = 0): FetchedPartition => ({
  topic, partition, outcome: 'records', records: offsets.map((offset) => recordAt(offset, topic, partition)), nextOffset, endOffset: nextOffset,
});
