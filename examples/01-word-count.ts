/** Counts words: a stateful topology on the embedded log. Run: npx tsx examples/01-word-count.ts */
import assert from 'node:assert/strict';
import { openEmbeddedLog } from '../connectors/embedded/index.ts';
import { Streams, StreamsBuilder, jsonSerde, stringSerde } from '../topology/index.ts';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };

const builder = new StreamsBuilder();
builder.stream('lines', text)
  .flatMap((line) => line.split(' ').map((word) => ({ key: word, value: word })))
  .groupByKey({ name: 'by-word', ...text })
  .count({ name: 'word-counts', ...counts })
  .toStream()
  .to('counts', counts);
const topology = builder.build();
console.log(topology.describe().toString());

const driver = await openEmbeddedLog(); // in memory; with { directory } it lasts
await driver.ensureTopics([{ topic: 'lines', partitions: 2 }, { topic: 'counts', partitions: 1 }]);
const streams = new Streams(topology, { applicationId: 'word-count', driver });
await streams.start();
const lines = ['to be or not to be', 'let it be'];
await driver.produce(lines.map((line) => ({ topic: 'lines', key: null, value: Buffer.from(line), timestampMs: Date.now(), headers: {} })));
await streams.whenIdle();
await streams.close();

const latest = new Map<string, number>();
for (const { key, value } of await driver.read({ topic: 'counts', partition: 0 }, 0, 100)) {
  if (key !== null && value !== null) latest.set(stringSerde.deserialize(key), counts.value.deserialize(value));
}
await driver.close();
console.log(Object.fromEntries(latest));
assert.deepEqual(Object.fromEntries(latest), { to: 2, be: 3, or: 1, not: 1, let: 1, it: 1 });
