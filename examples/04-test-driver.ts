/** Tests a topology with no log and a clock that the test moves. Run: npx tsx examples/04-test-driver.ts */
import assert from 'node:assert/strict';
import { StreamsBuilder, TopologyTestDriver, jsonSerde, stringSerde } from '../topology/index.ts';

const readings = { key: stringSerde, value: jsonSerde<number>() };
const builder = new StreamsBuilder();
builder.stream('readings', readings)
  .filter((degrees) => degrees > 30)
  .groupByKey()
  .aggregate(() => 0, (_sensor, degrees, highest) => Math.max(degrees, highest), { name: 'highest', ...readings, ttlMs: 60_000 })
  .toStream()
  .to('alarms', readings);

const driver = new TopologyTestDriver(builder.build());
driver.input('readings', 'roof', 20);
driver.input('readings', 'roof', 41);
driver.input('readings', 'roof', 35);
driver.inputBytes('readings', Buffer.from('roof'), Buffer.from('no JSON'));
await driver.drain();

const alarms = driver.output<string, number>('alarms').map(({ key, value }) => `${key} ${value}`);
assert.deepEqual(alarms, ['roof 41', 'roof 41']);
const [bad] = driver.deadLetters();
assert.deepEqual([bad?.value?.toString(), bad?.errors['code']], ['no JSON', 'MILL_DESERIALIZATION']);

const highest = driver.store<string, number>('highest');
assert.equal(await highest.get('roof'), 41);
await driver.advanceWallClock(60_000);
assert.equal(await highest.get('roof'), undefined);
await driver.close();
console.log('alarms:', alarms, '- and the bad reading is a dead letter:', bad?.errors['message']);
