/**
 * The dead letters of one topic: what is open, and what was done about the rest.
 *
 * A log cannot take a record out of its middle. So whatever is retried or purged is noted in `<topic>-handled`
 * (compacted, keyed by the letter's id), and counts as gone; when everything in front of a partition is handled, those
 * records are deleted, and their notes with them. A retry is produced before it is noted: after a crash between the two
 * the letter is still open, and a second retry of it is safe wherever a repeat of its source record is.
 */
import { MillraceError, topicPartitionKey } from '../../connectors/ports/index.ts';
import type { LogDriver, LogRecord, OutgoingRecord } from '../../connectors/ports/index.ts';
import { retryRecordOf } from '../../topology/index.ts';
import { idOf, readDeadLetter } from './dead-letter.ts';
import type { DeadLetterRecord } from './dead-letter.ts';

export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  readonly node?: string;
  readonly code?: string;
  /** Source topic. */
  readonly topic?: string;
}

export interface DeadLetterQueueOptions {
  readonly driver: LogDriver;
  readonly topic: string;
  /** Consumer groups that read the topic: what one of them has not committed is not deleted. @default none */
  readonly readers?: readonly string[];
}

const RECORDS_PER_READ = 500;

const matches = (letter: DeadLetterRecord, { ids, node, code, topic }: DeadLetterFilter): boolean =>
  (ids?.includes(letter.id) ?? true) && (node ?? letter.node) === letter.node && (code ?? letter.code) === letter.code && (topic ?? letter.topic) === letter.topic;

export class DeadLetterQueue {
  readonly #driver: LogDriver;
  readonly #topic: string;
  readonly #handledTopic: string;
  readonly #readers: readonly string[];

  constructor({ driver, topic, readers = [] }: DeadLetterQueueOptions) {
    this.#driver = driver;
    this.#topic = topic;
    this.#handledTopic = `${topic}-handled`;
    this.#readers = readers;
  }

  /** Open letters in the order of the log, partition by partition. */
  async *open(filter: DeadLetterFilter = {}): AsyncIterable<DeadLetterRecord> {
    const handled = await this.#handled();
    for (const [partition, start] of (await this.#starts()).entries()) {
      for await (const record of this.#records(this.#topic, partition, start)) {
        if (handled.has(idOf(record))) continue;
        const letter = readDeadLetter(record);
        if (matches(letter, filter)) yield letter;
      }
    }
  }

  async count(filter: DeadLetterFilter = {}): Promise<number> {
    let count = 0;
    for await (const _letter of this.open(filter)) count++;
    return count;
  }

  /** The newest open letters, newest first. */
  async newest(limit: number, filter: DeadLetterFilter = {}): Promise<DeadLetterRecord[]> {
    const kept: DeadLetterRecord[] = [];
    for await (const letter of this.open(filter)) {
      kept.push(letter);
      if (kept.length > 2 * limit + RECORDS_PER_READ) kept.sort(newestFirst).splice(limit);
    }
    return kept.sort(newestFirst).slice(0, limit);
  }

  /** @throws MillraceError MILL_DEAD_LETTER_UNKNOWN */
  async get(id: string): Promise<DeadLetterRecord> {
    for await (const letter of this.open({ ids: [id] })) return letter;
    throw unknown([id], this.#topic);
  }

  /** Sends the letters on to be processed again. @returns how many */
  retry(filter: DeadLetterFilter = {}): Promise<number> {
    return this.#handle(filter, 'retried', (letters) => this.#driver.produce(letters.map(({ record }) => retryRecordOf(record))));
  }

  /** Gives the letters up. @returns how many */
  purge(filter: DeadLetterFilter = {}): Promise<number> {
    return this.#handle(filter, 'purged', async () => undefined);
  }

  async #handle(filter: DeadLetterFilter, outcome: 'retried' | 'purged', act: (letters: readonly DeadLetterRecord[]) => Promise<void>): Promise<number> {
    await this.#driver.ensureTopics([{ topic: this.#handledTopic, partitions: 1, cleanupPolicy: 'compact' }]);
    const found = new Set<string>();
    let part: DeadLetterRecord[] = [];
    const flush = async (): Promise<void> => {
      await act(part);
      await this.#driver.produce(part.map(({ id }) => note(this.#handledTopic, id, Buffer.from(outcome))));
      part = [];
    };
    for await (const letter of this.open(filter)) {
      found.add(letter.id);
      part.push(letter);
      if (part.length === RECORDS_PER_READ) await flush();
    }
    if (part.length > 0) await flush();
    const missing = filter.ids?.filter((id) => !found.has(id)) ?? [];
    if (missing.length > 0) throw unknown(missing, this.#topic);
    await this.#trim();
    return found.size;
  }

  /** Deletes what is handled up to the first open letter of each partition, and its notes. */
  async #trim(): Promise<void> {
    const handled = await this.#handled();
    const before = new Map<number, number>();
    const forgotten: OutgoingRecord[] = [];
    const read = await Promise.all(this.#readers.map((group) => this.#driver.committedPositions(group)));
    for (const [partition, start] of (await this.#starts()).entries()) {
      for await (const record of this.#records(this.#topic, partition, start)) {
        if (!handled.has(idOf(record)) || read.some((positions) => (positions.get(topicPartitionKey(record)) ?? 0) <= record.offset)) break;
        before.set(partition, record.offset + 1);
        forgotten.push(note(this.#handledTopic, idOf(record), null));
      }
    }
    if (before.size === 0) return;
    await this.#driver.deleteRecords(this.#topic, before);
    await this.#driver.produce(forgotten);
  }

  async #handled(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    if ((await this.#driver.partitionCount(this.#handledTopic)) === undefined) return ids;
    const [start = 0] = await this.#driver.startOffsets(this.#handledTopic);
    for await (const { key, value } of this.#records(this.#handledTopic, 0, start)) {
      if (value === null) ids.delete(String(key));
      else ids.add(String(key));
    }
    return ids;
  }

  async #starts(): Promise<readonly number[]> {
    return (await this.#driver.partitionCount(this.#topic)) === undefined ? [] : this.#driver.startOffsets(this.#topic);
  }

  async *#records(topic: string, partition: number, start: number): AsyncIterable<LogRecord> {
    for (let offset = start; ;) {
      const records = await this.#driver.read({ topic, partition }, offset, RECORDS_PER_READ);
      const last = records.at(-1);
      if (last === undefined) return;
      yield* records;
      offset = last.offset + 1;
    }
  }
}

const newestFirst = (a: DeadLetterRecord, b: DeadLetterRecord): number => b.atMs - a.atMs;

const note = (topic: string, id: string, value: Buffer | null): OutgoingRecord => ({ topic, partition: 0, timestampMs: Date.now(), key: Buffer.from(id), value, headers: {} });

function unknown(ids: readonly string[], topic: string): MillraceError {
  return new MillraceError('MILL_DEAD_LETTER_UNKNOWN', `${topic} holds no open dead letter ${ids.join(', ')}.`);
}
