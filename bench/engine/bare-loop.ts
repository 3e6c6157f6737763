/**
 * The peer: what one writes by hand on the same log for one purpose. Poll, decode, do the work, encode, and commit
 * outputs, position and marks together once so many records were read; one loop a partition, all at once. It has no
 * dead letters, no credit, no counters, no time-outs, and its marks are never removed.
 */
import type { LogDriver, LogRecord, OutgoingRecord, TaskId, TaskLog, WriteOp } from '../../connectors/ports/index.ts';
import { encodeTime, readTime } from '../../state/index.ts';
import { bytesSerde, stringSerde } from '../../topology/index.ts';
import { COMMIT_RECORDS, INPUT, OUTPUT, POLL, TTL_MS, changed } from './workload.ts';

const SUBTOPOLOGY = 'bare';

/** What is not committed yet. */
interface Batch {
  readonly outputs: OutgoingRecord[];
  readonly state: WriteOp[];
  /** Ids that have a mark in `state`. */
  readonly fresh: Set<string>;
  records: number;
}

type Work = (records: readonly LogRecord[], batch: Batch, log: TaskLog) => void | Promise<void>;

const emptyBatch = (): Batch => ({ outputs: [], state: [], fresh: new Set(), records: 0 });

function emit(batch: Batch, { timestampMs, headers }: LogRecord, key: string, value: Buffer): void {
  batch.outputs.push({ topic: OUTPUT, timestampMs, key: stringSerde.serialize(key), value: bytesSerde.serialize(value), headers });
}

const keyOf = ({ key }: LogRecord): string => stringSerde.deserialize(key ?? Buffer.alloc(0));
const valueOf = ({ value }: LogRecord): Buffer => bytesSerde.deserialize(value ?? Buffer.alloc(0));

async function loop(log: TaskLog, partition: number, end: number, work: Work): Promise<void> {
  const source = { topic: INPUT, partition };
  const { signal } = new AbortController();
  let offset = log.committed.get(`${INPUT}/${partition}`) ?? 0;
  let batch = emptyBatch();
  while (offset < end) {
    const records = await log.poll(source, offset, { ...POLL, signal });
    await work(records, batch, log);
    batch.records += records.length;
    offset += records.length;
    if (batch.records < COMMIT_RECORDS && offset < end) continue;
    await log.commit({ outputs: batch.outputs, positions: new Map([[`${INPUT}/${partition}`, offset]]), state: batch.state });
    batch = emptyBatch();
  }
  await log.close();
}

async function run(driver: LogDriver, work: Work): Promise<void> {
  const ends = await driver.endOffsets(INPUT);
  let assigned: readonly TaskId[] = [];
  const member = await driver.join({
    groupId: 'bare',
    subtopologies: [{ name: SUBTOPOLOGY, sources: [INPUT] }],
    onAssignment: async ({ tasks }) => { assigned = tasks; },
  });
  await Promise.all(assigned.map(async (task) => loop(await member.openTask(task), task.partition, ends[task.partition] ?? 0, work)));
  await member.leave();
}

export const passThrough = (driver: LogDriver): Promise<void> => run(driver, (records, batch) => {
  for (const record of records) emit(batch, record, keyOf(record), changed(valueOf(record)));
});

export const deduplicate = (driver: LogDriver): Promise<void> => run(driver, async (records, batch, log) => {
  const ids = records.map(keyOf);
  const marks = ids.map((id) => stringSerde.serialize(id));
  const known = await log.state.getMany(marks);
  const nowMs = Date.now();
  records.forEach((record, index) => {
    const id = ids[index] as string;
    const mark = known[index];
    if (batch.fresh.has(id) || (mark !== undefined && readTime(mark) > nowMs)) return;
    batch.fresh.add(id);
    batch.state.push({ type: 'put', key: marks[index] as Buffer, value: encodeTime(nowMs + TTL_MS) });
    emit(batch, record, id, valueOf(record));
  });
});
