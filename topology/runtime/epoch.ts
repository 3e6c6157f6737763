/**
 * An epoch: all effects of some consecutive source records, until they are committed together.
 *
 *     open ──(time, records, bytes, nothing left to do)──> draining ──(no record of it in the task)──> committing ──> gone
 *
 * At most one epoch of a task is draining or committing, and at most one is open.
 */
import type { OutgoingRecord } from '../../connectors/ports/index.ts';
import type { BatchLinks } from './telemetry/index.ts';

export class Epoch {
  readonly outputs: OutgoingRecord[] = [];
  outputBytes = 0;
  /** Source records taken, and their bytes. */
  records = 0;
  bytes = 0;
  /** Batches of it that are running or wait to, and its records in `enrich` nodes: it is drained when there are none. */
  pending = 0;
  /** Stores that this epoch has been given to, so that their older layers are the older epoch's. */
  readonly advanced = new Set<string>();
  /** The next offset of each source partition, as of the last record taken. */
  readonly positions = new Map<string, number>();
  /** Spans of the batches it is made of, where there are any. */
  readonly batches: BatchLinks = [];
}
