/**
 * One reader of one partition: where it reads on, what has come and was not taken yet, and who waits. The fetcher fills
 * it. Besides the batch that is being taken it holds one more, so that the next poll need not wait for a request.
 *
 *     what was taken | delivered .. head | [ batch being taken ] [ prefetched ] | position
 *
 * Between `delivered` and `head` nothing is left that anybody could read: transaction markers, aborted records, and what
 * compaction has removed.
 */
import { MillraceError, topicPartitionKey } from '../../ports/index.ts';
import type { LogRecord, TopicPartition } from '../../ports/index.ts';
import { Notifier } from './notifier.ts';
import { recordBytes } from './record-size.ts';

const MAX_BATCHES = 2;

export interface ReadBatch {
  /** None where only markers and the like came. */
  readonly records: readonly LogRecord[];
  /** Where to read on. */
  readonly nextOffset: number;
}

export interface ReadLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export interface ReaderEvents {
  /** It may want a fetch now. */
  readonly onWant: (reader: PartitionReader) => void;
  readonly onClose: (reader: PartitionReader) => void;
}

export class PartitionReader implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly #events: ReaderEvents;
  readonly #changed = new Notifier();
  #batches: ReadBatch[] = [];
  /** Records of the first batch that were taken. */
  #taken = 0;
  #delivered: number;
  #position: number;
  /** Somebody has asked for records since the last seek. */
  #started = false;
  #failure: MillraceError | undefined;
  #closed = false;
  #lastTakenMs = 0;

  constructor({ topic, partition }: TopicPartition, offset: number, events: ReaderEvents) {
    this.topic = topic;
    this.partition = partition;
    this.key = topicPartitionKey({ topic, partition });
    this.#events = events;
    this.#delivered = offset;
    this.#position = offset;
  }

  /** The offset to fetch next. */
  get position(): number {
    return this.#position;
  }

  get wantsFetch(): boolean {
    return this.#started && !this.#closed && this.#failure === undefined && this.#batches.length < MAX_BATCHES;
  }

  /** Its batches were being taken within this time: it will want a fetch soon. */
  tookWithin(ms: number): boolean {
    return this.#started && !this.#closed && performance.now() - this.#lastTakenMs < ms;
  }

  /** The furthest position that stands for the same records as this one. */
  furthest(offset: number): number {
    return this.#stands(offset) ? this.#head : offset;
  }

  /**
   * Waits for something at `offset`: records, or only a new position. `undefined` when the signal is aborted or the
   * reader closed.
   * @throws MillraceError MILL_OFFSET_OUT_OF_RANGE, or what `fail` was given; the next call tries again
   */
  async take(offset: number, limits: ReadLimits, signal: AbortSignal): Promise<ReadBatch | undefined> {
    if (!this.#stands(offset)) this.#seek(offset);
    while (!this.#closed && !signal.aborted) {
      const batch = this.#batches[0];
      if (batch !== undefined) return this.#takeFrom(batch, limits);
      if (this.#failure !== undefined) {
        const failure = this.#failure;
        this.#seek(offset);
        throw failure;
      }
      this.#started = true;
      const changed = this.#changed.wait(signal);
      this.#events.onWant(this);
      await changed;
    }
    return undefined;
  }

  /** What a fetch at `position` brought. An answer from before a seek is dropped. */
  receive(position: number, batch: ReadBatch): void {
    if (position !== this.#position || this.#closed || batch.nextOffset <= position) return;
    this.#position = batch.nextOffset;
    const last = this.#batches.at(-1);
    // Markers go with the batch beside them, and take no room of their own.
    if (last === undefined || (last.records.length > 0 && batch.records.length > 0)) this.#batches.push(batch);
    else this.#batches[this.#batches.length - 1] = { records: last.records.length > 0 ? last.records : batch.records, nextOffset: batch.nextOffset };
    this.#changed.notify();
  }

  receiveOutOfRange(position: number): void {
    if (position === this.#position) this.fail(new MillraceError('MILL_OFFSET_OUT_OF_RANGE', `${this.topic} has no offset ${position} in partition ${this.partition}.`));
  }

  /** Whoever takes next is told, once the records before it are taken. */
  fail(error: MillraceError): void {
    this.#failure = error;
    this.#changed.notify();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#batches = [];
    this.#events.onClose(this);
    this.#changed.notify();
  }

  get #head(): number {
    return this.#batches[0]?.records[this.#taken]?.offset ?? this.#position;
  }

  #stands(offset: number): boolean {
    return offset >= this.#delivered && offset <= this.#head;
  }

  #seek(offset: number): void {
    this.#batches = [];
    this.#taken = 0;
    this.#delivered = offset;
    this.#position = offset;
    this.#started = false;
    this.#failure = undefined;
  }

  #takeFrom({ records, nextOffset }: ReadBatch, { maxRecords, maxBytes }: ReadLimits): ReadBatch {
    let end = this.#taken;
    let bytes = 0;
    while (end < records.length && end - this.#taken < maxRecords) {
      bytes += recordBytes(records[end] as LogRecord);
      if (bytes > maxBytes && end > this.#taken) break;
      end++;
    }
    const taken = this.#taken === 0 && end === records.length ? records : records.slice(this.#taken, end);
    this.#lastTakenMs = performance.now();
    this.#delivered = (taken.at(-1)?.offset ?? this.#delivered - 1) + 1;
    if (end < records.length) {
      this.#taken = end;
      return { records: taken, nextOffset: this.#delivered };
    }
    this.#batches.shift();
    this.#taken = 0;
    this.#events.onWant(this);
    return { records: taken, nextOffset };
  }
}
