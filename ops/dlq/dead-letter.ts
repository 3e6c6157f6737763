/** A dead letter as people see it: the raw record, and what KIP-1034's headers say went wrong. */
import type { LogRecord } from '../../connectors/ports/index.ts';

const ERROR_HEADERS = '__streams.errors.';

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

export function readDeadLetter(record: LogRecord): DeadLetterRecord {
  const header = (name: string): string => record.headers[ERROR_HEADERS + name]?.toString() ?? '';
  return {
    id: idOf(record),
    topic: header('topic'),
    partition: Number(header('partition')),
    offset: Number(header('offset')),
    node: header('node'),
    code: header('code'),
    exception: header('exception'),
    message: header('message'),
    stacktrace: header('stacktrace'),
    atMs: Number(header('at')),
    record,
  };
}
