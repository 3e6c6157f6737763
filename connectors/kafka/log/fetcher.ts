/**
 * Reads for all tasks of the instance: sources, changelogs that are restored, standbys. One loop a broker puts what is
 * wanted of the partitions that the broker leads into one Fetch request after the other; readers that want the same
 * of one partition share the answer.
 *
 *     reader wants ──> placed on its leader ──> request ──> records ──> wants again when it has room
 *                          ^                       │
 *                          └──── back-off <────────┴── not the leader (any more), or no answer
 *
 * A broker that cannot be reached is tried for ever: its readers wait. While a reader on the broker is busy with what
 * it has and will soon want more, the others poll briefly, so that a quiet partition does not keep a busy one waiting.
 */
import { setImmediate } from 'node:timers/promises';
import type { FetchedPartition, FetchPosition, KafkaClient } from '../client/index.ts';
import { MillraceError, topicPartitionKey } from '../../ports/index.ts';
import type { TopicPartition } from '../../ports/index.ts';
import { PartitionReader } from './partition-reader.ts';
import { backOffMs, pause } from './pause.ts';

const REQUEST_BYTES = 8 << 20;
/** Kafka's max.partition.fetch.bytes. */
const MAX_PARTITION_BYTES = 1 << 20;
const MIN_PARTITION_BYTES = 64 << 10;
/** What all readers together may hold, about. */
const BUFFER_BYTES = 128 << 20;
const BRIEF_WAIT_MS = 10;

/** No other try fares better: a password that is refused. */
const isHopeless = (error: unknown): error is MillraceError => error instanceof MillraceError && error.kind === 'config';

interface Placement {
  /** Leads the partition; `undefined` while that is not known. */
  node: number | undefined;
  /** Look-ups since the last answer. */
  tries: number;
}

interface Ask {
  readonly position: FetchPosition;
  readonly readers: PartitionReader[];
}

interface Request {
  readonly asks: ReadonlyMap<string, Ask>;
  readonly maxWaitMs: number;
}

export class Fetcher {
  readonly #client: KafkaClient;
  readonly #maxWaitMs: number;
  /** In the order in which they take their turn. */
  readonly #placements = new Map<PartitionReader, Placement>();
  readonly #serving = new Set<number>();
  readonly #closed = new AbortController();
  #placing = false;

  constructor(client: KafkaClient, options: { readonly maxWaitMs: number }) {
    this.#client = client;
    this.#maxWaitMs = options.maxWaitMs;
  }

  open(source: TopicPartition, offset: number): PartitionReader {
    const reader = new PartitionReader(source, offset, {
      onWant: (wanting) => { this.#wanted(wanting); },
      onClose: (closed) => { this.#placements.delete(closed); },
    });
    this.#placements.set(reader, { node: undefined, tries: 0 });
    return reader;
  }

  /** Every wait of a reader ends. */
  close(): void {
    this.#closed.abort();
    for (const reader of [...this.#placements.keys()]) reader.close();
  }

  #wanted(reader: PartitionReader): void {
    const node = this.#placements.get(reader)?.node;
    if (node === undefined) this.#place();
    else this.#serve(node);
  }

  #serve(node: number): void {
    if (this.#serving.has(node)) return;
    this.#serving.add(node);
    void this.#keepServing(node);
  }

  async #keepServing(node: number): Promise<void> {
    // Whoever asks in the same moment goes into the same request.
    await setImmediate();
    for (let request = this.#requestOf(node); request !== undefined; request = this.#requestOf(node)) {
      const startedMs = performance.now();
      const moved = this.#receive(request, await this.#fetch(node, request));
      // A broker that answers an empty request at once must not be asked without end.
      if (!moved) await pause(request.maxWaitMs - (performance.now() - startedMs), this.#closed.signal);
    }
    this.#serving.delete(node);
  }

  #requestOf(node: number): Request | undefined {
    if (this.#closed.signal.aborted) return undefined;
    const maxBytes = Math.min(MAX_PARTITION_BYTES, Math.max(MIN_PARTITION_BYTES, Math.floor(BUFFER_BYTES / 2 / this.#placements.size)));
    const asks = new Map<string, Ask>();
    let brief = false;
    for (const [reader, placement] of this.#placements) {
      if (placement.node !== node) continue;
      const ask = asks.get(reader.key);
      if (!reader.wantsFetch) brief ||= reader.tookWithin(this.#maxWaitMs);
      else if (ask === undefined) asks.set(reader.key, { position: { topic: reader.topic, partition: reader.partition, offset: reader.position, maxBytes }, readers: [reader] });
      else if (ask.position.offset === reader.position) ask.readers.push(reader);
      else brief = true;
    }
    return asks.size === 0 ? undefined : { asks, maxWaitMs: brief ? Math.min(BRIEF_WAIT_MS, this.#maxWaitMs) : this.#maxWaitMs };
  }

  async #fetch(node: number, { asks, maxWaitMs }: Request): Promise<readonly FetchedPartition[]> {
    const positions = [...asks.values()].map(({ position }) => position);
    try {
      return await this.#client.fetch(node, positions, { isolation: 'read_committed', maxWaitMs, maxBytes: REQUEST_BYTES });
    } catch (error) {
      if (isHopeless(error)) {
        for (const { readers } of asks.values()) for (const reader of readers) reader.fail(error);
      }
      return positions.map(({ topic, partition }) => ({ topic, partition, outcome: 'not-leader' }));
    }
  }

  /** Whether any reader got something, or moves to another broker. */
  #receive({ asks }: Request, answers: readonly FetchedPartition[]): boolean {
    let moved = false;
    for (const answer of answers) {
      const ask = asks.get(topicPartitionKey(answer));
      if (ask === undefined) continue;
      const { offset } = ask.position;
      moved ||= answer.outcome !== 'records' || answer.nextOffset > offset;
      for (const reader of ask.readers) this.#deliver(reader, offset, answer);
    }
    return moved;
  }

  #deliver(reader: PartitionReader, offset: number, answer: FetchedPartition): void {
    const placement = this.#placements.get(reader);
    if (placement === undefined) return;
    if (answer.outcome === 'not-leader') {
      placement.node = undefined;
      this.#place();
      return;
    }
    placement.tries = 0;
    if (answer.outcome === 'out-of-range') reader.receiveOutOfRange(offset);
    else if (answer.nextOffset > offset) {
      // The answer to a large partition may fill a request: the others come first in the next.
      this.#placements.delete(reader);
      this.#placements.set(reader, placement);
      reader.receive(offset, answer);
    }
  }

  #place(): void {
    if (this.#placing) return;
    this.#placing = true;
    void this.#keepPlacing();
  }

  async #keepPlacing(): Promise<void> {
    await setImmediate();
    for (let lost = this.#lost(); lost.length > 0; lost = this.#lost()) {
      await pause(backOffMs(Math.min(...lost.map(([, { tries }]) => tries))), this.#closed.signal);
      const leaders = await this.#leadersOf(lost.map(([reader]) => reader));
      for (const [reader, placement] of lost) {
        placement.tries++;
        const node = leaders.get(reader.topic)?.[reader.partition] ?? -1;
        if (node < 0) continue;
        placement.node = node;
        this.#serve(node);
      }
    }
    this.#placing = false;
  }

  #lost(): (readonly [PartitionReader, Placement])[] {
    if (this.#closed.signal.aborted) return [];
    return [...this.#placements].filter(([reader, { node }]) => node === undefined && reader.wantsFetch);
  }

  async #leadersOf(readers: readonly PartitionReader[]): Promise<ReadonlyMap<string, readonly number[]>> {
    try {
      return new Map((await this.#client.describeTopics([...new Set(readers.map(({ topic }) => topic))])).map(({ topic, leaders }) => [topic, leaders]));
    } catch (error) {
      if (isHopeless(error)) for (const reader of readers) reader.fail(error);
      return new Map();
    }
  }
}
