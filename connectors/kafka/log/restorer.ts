/**
 * Brings a state folder up to its changelogs, all stores at once. Each batch that was read becomes one write of the
 * folder, checkpoint included: a kill in the middle loses at most a batch's work, and only the tail is ever read.
 */
import { MillraceError } from '../../ports/index.ts';
import type { ChangelogSpec, RestoreProgress, WriteOp } from '../../ports/index.ts';
import { ChangelogDecoder } from '../../../state/index.ts';
import type { Fetcher } from './fetcher.ts';
import type { StateFolder } from './state-folder.ts';

/** Whatever a fetch brought is one write. */
const WHOLE_BATCH = { maxRecords: Infinity, maxBytes: Infinity };

/** What there is of a changelog's partition. */
export interface ChangelogRange {
  readonly startOffset: number;
  /** The last stable offset. */
  readonly endOffset: number;
}

export interface RestorerParts {
  readonly fetcher: Fetcher;
  readonly folder: StateFolder;
  readonly partition: number;
  readonly changelogs: readonly ChangelogSpec[];
  /** By changelog topic. */
  readonly ranges: ReadonlyMap<string, ChangelogRange>;
}

export interface RestoreOptions {
  readonly signal: AbortSignal;
  readonly onRestore?: ((progress: RestoreProgress) => void) | undefined;
}

export class Restorer {
  readonly #parts: RestorerParts;

  constructor(parts: RestorerParts) {
    this.#parts = parts;
  }

  /**
   * Up to the ends of the ranges.
   * @throws MillraceError MILL_CLOSED when the signal is aborted; MILL_OFFSET_OUT_OF_RANGE when retention overtakes it
   */
  async restore(options: RestoreOptions): Promise<void> {
    await this.#all((changelog, signal) => this.#pump(changelog, this.#rangeOf(changelog).endOffset, { ...options, signal }), options.signal);
    if (options.signal.aborted) throw new MillraceError('MILL_CLOSED', 'The restore was ended.');
  }

  /** On and on, until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.#all((changelog, either) => this.#pump(changelog, Infinity, { signal: either }), signal);
  }

  /** When one fails the others end too, and none writes any more once this settles. */
  async #all(pump: (changelog: ChangelogSpec, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const results = await Promise.allSettled(this.#parts.changelogs.map(async (changelog) => {
      try {
        await pump(changelog, either);
      } catch (error) {
        failed.abort();
        throw error;
      }
    }));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #pump(changelog: ChangelogSpec, endOffset: number, { signal, onRestore }: RestoreOptions): Promise<void> {
    const { fetcher, folder, partition } = this.#parts;
    const { store, topic } = changelog;
    const decoder = new ChangelogDecoder(changelog);
    const startOffset = folder.checkpoints.get(topic) ?? this.#rangeOf(changelog).startOffset;
    let offset = startOffset;
    let asOfMs = folder.asOfMs(topic) ?? Date.now();
    let restoredRecords = 0;
    const report = (): void => { onRestore?.({ store, changelog: { topic, partition }, startOffset, offset: Math.min(offset, endOffset), endOffset, restoredRecords }); };
    report();
    if (offset >= endOffset) return;
    const reader = fetcher.open({ topic, partition }, offset);
    try {
      while (offset < endOffset) {
        const batch = await reader.take(offset, WHOLE_BATCH, signal);
        if (batch === undefined) return;
        const ops: WriteOp[] = [];
        for (const record of batch.records) for (const op of decoder.decode(record)) ops.push(op);
        // Records have the time at which they were written.
        asOfMs = Math.max(asOfMs, Math.min(batch.records.at(-1)?.timestampMs ?? 0, Date.now()));
        await folder.write(ops, new Map([[topic, batch.nextOffset]]), asOfMs);
        offset = batch.nextOffset;
        restoredRecords += batch.records.length;
        report();
      }
    } finally {
      reader.close();
    }
  }

  #rangeOf({ topic }: ChangelogSpec): ChangelogRange {
    const range = this.#parts.ranges.get(topic);
    if (range === undefined) throw new MillraceError('MILL_TOPIC_MISMATCH', `There is no changelog topic ${topic}.`);
    return range;
  }
}
