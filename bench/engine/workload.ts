/**
 * What both sides read: records of a 16-byte key and a 184-byte value, 200 bytes together, over six partitions, the
 * same on every run. With `distinct` below 1 the other records repeat an earlier one, at any distance; equal keys fall
 * into one partition.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEmbeddedLog } from '../../connectors/embedded/index.ts';
import type { LogDriver, OutgoingRecord } from '../../connectors/ports/index.ts';

export const INPUT = 'input';
export const OUTPUT = 'output';
export const PARTITIONS = 6;
/** Records of a task that one commit covers, on both sides: the engine's default. */
export const COMMIT_RECORDS = 5000;
/** One fetch, on both sides: the engine's default. */
export const POLL = { maxRecords: 500, maxBytes: 1 << 20 };
/** A mark is kept for a day. */
export const TTL_MS = 86_400_000;

const VALUE_BYTES = 184;
const PRODUCED_AT_ONCE = 5000;

export interface Workload {
  readonly records: number;
  /** Share of the records that repeat no earlier one. */
  readonly distinct: number;
  readonly expected: number;
}

export const workload = (records: number, distinct: number): Workload => ({ records, distinct, expected: Math.round(records * distinct) });

/** The value that goes out for each that comes in: a copy with its first byte changed. */
export function changed(value: Buffer): Buffer {
  const copy = Buffer.from(value);
  copy[0] = 0x2a;
  return copy;
}

/** Numbers that look random and are the same on every run (Lehmer). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 0x7fffffff;
    return state % below;
  };
}

function* recordsOf({ records, expected }: Workload): Iterable<OutgoingRecord> {
  const next = numbers(7);
  let fresh = 0;
  for (let index = 0; index < records; index++) {
    // Spreads the fresh ones evenly, and gives exactly `expected` of them.
    const id = fresh === 0 || Math.floor(((index + 1) * expected) / records) > fresh ? fresh++ : next(fresh);
    yield { topic: INPUT, timestampMs: 1_700_000_000_000 + index, key: Buffer.from(String(id).padStart(16, '0')), value: Buffer.alloc(VALUE_BYTES, index & 0xff), headers: {} };
  }
}

async function fill(driver: LogDriver, load: Workload): Promise<void> {
  await driver.ensureTopics([INPUT, OUTPUT].map((topic) => ({ topic, partitions: PARTITIONS })));
  let batch: OutgoingRecord[] = [];
  for (const record of recordsOf(load)) {
    batch.push(record);
    if (batch.length === PRODUCED_AT_ONCE) {
      await driver.produce(batch);
      batch = [];
    }
  }
  await driver.produce(batch);
}

export interface Measurement {
  readonly recordsPerSecond: number;
  /** Of the whole process, RocksDB's threads included: steadier than time where the machine has other work. */
  readonly cpuMicrosPerRecord: number;
}

/** Measures `run` over a new log on disk, which is filled before the clock starts. @throws when the output is not complete */
export async function measure(load: Workload, run: (driver: LogDriver) => Promise<void>): Promise<Measurement> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  try {
    const driver = await openEmbeddedLog({ directory });
    try {
      await fill(driver, load);
      const start = performance.now();
      const cpuBefore = process.cpuUsage();
      await run(driver);
      const { user, system } = process.cpuUsage(cpuBefore);
      const seconds = (performance.now() - start) / 1000;
      const written = (await driver.endOffsets(OUTPUT)).reduce((sum, end) => sum + end, 0);
      if (written !== load.expected) throw new Error(`${written} records came out, and ${load.expected} should have`);
      return { recordsPerSecond: load.records / seconds, cpuMicrosPerRecord: (user + system) / load.records };
    } finally {
      await driver.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
