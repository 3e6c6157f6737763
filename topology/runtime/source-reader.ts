/** One source partition as an Observable of fetches: each fetch answers one demand, so what is not asked for is not read. */
import { concatMap, defer, filter } from 'rxjs';
import type { Observable } from 'rxjs';
import { setImmediate } from 'node:timers/promises';
import type { LogRecord, PollOptions, TaskLog, TopicPartition } from '../../connectors/ports/index.ts';

export interface SourceReaderOptions {
  readonly log: TaskLog;
  readonly source: TopicPartition;
  readonly offset: number;
  /** One event asks for one fetch. Ask again only after the answer. */
  readonly demand: Observable<void>;
  readonly poll: PollOptions;
  /** Whatever must be there before these records can be decoded. */
  readonly prepare: (records: readonly LogRecord[]) => Promise<void> | undefined;
}

export function readSource({ log, source, offset, demand, poll, prepare }: SourceReaderOptions): Observable<LogRecord[]> {
  return defer(() => {
    let next = offset;
    return demand.pipe(
      concatMap(async () => {
        for (;;) {
          const records = await log.poll(source, next, poll);
          // A log that always has an answer at once must not starve timers and other tasks.
          await setImmediate();
          const last = records.at(-1);
          if (last !== undefined) next = last.offset + 1;
          if (last === undefined && !poll.signal.aborted) continue;
          try {
            await prepare(records);
          } catch (error) {
            // Nobody waits for these records any more, and the epoch that is being finished does not need them.
            if (!poll.signal.aborted) throw error;
          }
          return records;
        }
      }),
      filter((records) => records.length > 0),
    );
  });
}
