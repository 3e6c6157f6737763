/** Calls a slow service for each record, many at once, and keeps the order of each key. Run: npx tsx examples/03-enrich.ts */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { openEmbeddedLog } from '../connectors/embedded/index.ts';
import { MillraceError } from '../connectors/ports/index.ts';
import { Streams, StreamsBuilder, jsonSerde, stringSerde } from '../topology/index.ts';

interface Visit { readonly number: number; readonly address: string }
interface Place { readonly number: number; readonly country: string }

async function countryOf(address: string, attempt: number, signal: AbortSignal): Promise<string> {
  await setTimeout(5 + Math.random() * 20, undefined, { signal });
  if (address === 'flaky' && attempt === 1) throw new MillraceError('MILL_TIMEOUT', 'The service did not answer.');
  if (address === 'nonsense') throw new Error('no such address');
  return 'CH';
}

const visits = { key: stringSerde, value: jsonSerde<Visit>() };
const places = { key: stringSerde, value: jsonSerde<Place>() };
const builder = new StreamsBuilder();
builder.stream('visits', visits)
  .enrich(async ({ number, address }, _user, { attempt, signal }): Promise<Place> => ({ number, country: await countryOf(address, attempt, signal) }), {
    name: 'locate',
    concurrency: 32,
    ordering: 'key',
    timeoutMs: 2000,
    retry: { attempts: 3, backoffMs: 10 },
    recover: (_error, { number }) => ({ number, country: 'unknown' }),
  })
  .to('places', places);

const driver = await openEmbeddedLog();
await driver.ensureTopics([{ topic: 'visits', partitions: 1 }, { topic: 'places', partitions: 1 }]);
const streams = new Streams(builder.build(), { applicationId: 'geo', driver });
await streams.start();
const sent = Array.from({ length: 100 }, (_, number): Visit => ({ number, address: number === 7 ? 'nonsense' : number % 10 === 0 ? 'flaky' : 'fine' }));
await driver.produce(sent.map((visit) => ({ topic: 'visits', key: Buffer.from(`user-${visit.number % 5}`), value: visits.value.serialize(visit), timestampMs: Date.now(), headers: {} })));
await streams.whenIdle();
const retries = streams.metrics().tasks.map(({ nodes }) => nodes['locate']?.retries ?? 0);
await streams.close();

const located = (await driver.read({ topic: 'places', partition: 0 }, 0, 1000)).map(({ value }) => places.value.deserialize(value ?? Buffer.of()));
const deadLetters = await driver.read({ topic: 'geo-dead-letters', partition: 0 }, 0, 10);
await driver.close();
console.log(`${located.length} places, ${retries.join()} calls tried again, ${deadLetters.length} dead letter: ${String(deadLetters[0]?.headers['__streams.errors.message'])}`);
for (let user = 0; user < 5; user++) {
  const numbers = located.map(({ number }) => number).filter((number) => number % 5 === user);
  assert.deepEqual(numbers, Array.from({ length: 20 }, (_, index) => user + 5 * index));
}
assert.equal(located.find(({ number }) => number === 7)?.country, 'unknown');
assert.deepEqual([retries, deadLetters.length], [[10], 1]);
