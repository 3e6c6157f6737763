/**
 * Decoding records whose schemas are in a registry: our serde against `decode` of the library that everybody uses.
 * Method: README.md.
 *
 *   node --import tsx bench/registry/main.ts [--rounds N]
 *
 * MILLRACE_BENCH_RECORDS sets how many records a round decodes (200,000).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SchemaRegistry as Library, SchemaType } from '@kafkajs/confluent-schema-registry';
import { openConfluentRegistry } from '../../connectors/registry/index.ts';
import type { Serde } from '../../connectors/ports/index.ts';
import { startKafkaStack } from '../../ops/stack/index.ts';
import { openAvroSerde } from '../../schemas/index.ts';
import { roundsFromArgs, runBenchmark } from '../harness.ts';

const rounds = roundsFromArgs();
const count = Number(process.env['MILLRACE_BENCH_RECORDS'] ?? 200_000);
const BATCH = 500;
const DISTINCT = 1000;

interface Sighting {
  readonly camera: string;
  readonly atMs: number;
  readonly label: string;
  readonly confidence: number;
  readonly box: readonly number[];
  readonly note?: string;
}

const record = (...more: object[]) => ({
  type: 'record', name: 'Sighting', namespace: 'bench',
  fields: [
    { name: 'camera', type: 'string' },
    { name: 'atMs', type: 'long' },
    { name: 'label', type: 'string' },
    { name: 'confidence', type: 'double' },
    { name: 'box', type: { type: 'array', items: 'int' } },
    ...more,
  ],
} as const);
const older = record();
const newer = record({ name: 'note', type: 'string', default: '' });

const sighting = (index: number): Sighting => ({ camera: `camera-${index % 17}`, atMs: 1_700_000_000_000 + index, label: 'boat', confidence: 0.5, box: [index, 2, 3, 4] });

/** As a source does it: what is missing is looked up for a whole fetch, then the fetch is decoded. */
async function ours(serde: Serde<Sighting>, records: readonly Buffer[]): Promise<number> {
  let sum = 0;
  const start = process.cpuUsage();
  for (let at = 0; at < count; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - at) }, (_, index) => records[(at + index) % records.length] as Buffer);
    for (const bytes of batch) {
      const pending = serde.prepare?.(bytes);
      if (pending !== undefined) await pending;
    }
    for (const bytes of batch) sum += serde.deserialize(bytes).atMs;
  }
  return microsEach(start, sum, records);
}

async function theirs(decode: (bytes: Buffer) => Promise<Sighting>, records: readonly Buffer[]): Promise<number> {
  let sum = 0;
  const start = process.cpuUsage();
  for (let index = 0; index < count; index++) sum += (await decode(records[index % records.length] as Buffer)).atMs;
  return microsEach(start, sum, records);
}

/** CPU time a record, of all threads: decoding waits for nothing. */
function microsEach(start: NodeJS.CpuUsage, sum: number, records: readonly Buffer[]): number {
  const { user, system } = process.cpuUsage(start);
  const expected = Array.from({ length: count }, (_, index) => sighting(index % records.length).atMs).reduce((total, atMs) => total + atMs, 0);
  if (sum !== expected) throw new Error(`decoded something else: ${sum} instead of ${expected}`);
  return (user + system) / count;
}

const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
const stack = await startKafkaStack({ directory, registry: true });
try {
  const url = stack.registryUrl ?? '';
  const registry = openConfluentRegistry({ url });
  const writer = await openAvroSerde<Sighting>(registry, { schema: older });
  const reader = await openAvroSerde<Sighting>(registry, { schema: newer });
  const library = new Library({ host: url });
  const written = Array.from({ length: DISTINCT }, (_, index) => writer.serialize(sighting(index)));

  await runBenchmark({
    name: 'registry-decode-same-schema', unit: 'CPU µs', rounds,
    ours: () => ours(writer, written),
    peer: () => theirs((bytes) => library.decode(bytes) as Promise<Sighting>, written),
  });
  // Compiled beforehand: from JSON the library would compile it for each record.
  const compiled = await library.getSchema(reader.serialize({ ...sighting(0), note: '' }).readInt32BE(1));
  const readerSchema = { [SchemaType.AVRO]: { readerSchema: compiled as never } };
  await runBenchmark({
    name: 'registry-decode-older-schema', unit: 'CPU µs', rounds,
    ours: () => ours(reader, written),
    peer: () => theirs((bytes) => library.decode(bytes, readerSchema) as Promise<Sighting>, written),
  });
} finally {
  await stack.stop();
  await rm(directory, { recursive: true });
}
