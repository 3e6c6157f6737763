/**
 * Each event goes on once, though its producer sends it again, and though the process stops in the middle.
 * Run: npx tsx examples/02-deduplicate.ts
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEmbeddedLog } from '../connectors/embedded/index.ts';
import { Streams, StreamsBuilder, jsonSerde, stringSerde } from '../topology/index.ts';

interface Payment {
  readonly id: string;
  readonly cents: number;
}

const payments = { key: stringSerde, value: jsonSerde<Payment>() };
const builder = new StreamsBuilder();
builder.stream('payments', payments)
  .deduplicate({ name: 'once', by: ({ id }) => id, ttlMs: 86_400_000 })
  .to('booked', payments);
const topology = builder.build();

const directory = await mkdtemp(path.join(tmpdir(), 'millrace-example-'));
const sent: readonly Payment[] = [{ id: 'a', cents: 100 }, { id: 'b', cents: 250 }, { id: 'a', cents: 100 }];
for (const run of ['stopped in the middle', 'started again', 'all sent again']) {
  const driver = await openEmbeddedLog({ directory });
  await driver.ensureTopics([{ topic: 'payments', partitions: 1 }, { topic: 'booked', partitions: 1 }]);
  const streams = new Streams(topology, { applicationId: 'booking', driver });
  await streams.start();
  // The producer does not know what arrived, and sends all of it in each run.
  await driver.produce(sent.map((payment) => ({ topic: 'payments', key: stringSerde.serialize(payment.id), value: payments.value.serialize(payment), timestampMs: Date.now(), headers: {} })));
  if (run !== 'stopped in the middle') await streams.whenIdle();
  // As a crash would: what is not committed is dropped, marks and outputs alike, and read again by the next run.
  await streams.closeDirty();
  const booked = await driver.read({ topic: 'booked', partition: 0 }, 0, 100);
  console.log(`${run}:`, booked.map(({ value }) => value?.toString()));
  await driver.close();
  if (run !== 'stopped in the middle') assert.deepEqual(booked.map(({ key }) => key?.toString()), ['a', 'b']);
}
await rm(directory, { recursive: true });
