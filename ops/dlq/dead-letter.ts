/** A dead letter as people see it: the raw record, and what KIP-1034's headers say went wrong. */
import type { LogRecord } from '../../connectors/ports/index.ts';
import { readErrorHeaders } from '../../topology/index.ts';

export interface DeadLetterRecord {
  /** `partition:offset` in the dead-letter topic. */
  readonly id: string;
  /** Where the record came from. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly node: string;
  readonly code: string;
  readonly exception: string;
  readonly message: string;
  readonly stacktrace: string;
  /** When it was dead-lettered, ms since the epoch. */
  readonly atMs: number;
  readonly record: LogRecord;
}

export const idOf = ({ partition, offset }: LogRecord): string => `${partition}:${offset}`;

export const readDeadLetter = (record: LogRecord): DeadLetterRecord => ({ id: idOf(record), ...readErrorHeaders(record.headers), record });
