import { expect } from 'chai';
import { StreamsBuilder, TopologyTestDriver, jsonSerde, stringSerde } from '../../topology/index.ts';

const words = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };

describe('TopologyTestDriver', () => {
  it('runs a stateful topology and gives typed records back', async () => {
    const builder = new StreamsBuilder();
    builder.stream('words', words).groupByKey().count({ name: 'counts', ...counts }).toStream().to('word-counts', counts);
    const driver = new TopologyTestDriver(builder.build(), { startMs: 1000 });
    driver.input('words', 'a', 'x');
    driver.input('words', 'b', 'x');
    driver.input('words', 'a', 'x');
    await driver.drain();
    expect(driver.output<string, number>('word-counts').map(({ key, value, timestampMs }) => [key, value, timestampMs]))
      .to.deep.equal([['a', 1, 1000], ['b', 1, 1000], ['a', 2, 1000]]);
    expect(await driver.store<string, number>('counts').get('a')).to.equal(2);
    driver.input('words', 'a', 'x');
    await driver.drain();
    expect(driver.output('word-counts').map(({ value }) => value)).to.deep.equal([3]);
    await driver.close();
  });

  it('awaits enrich calls and repartitioned records in drain()', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', words)
      .enrich(async (value) => value.toUpperCase(), { name: 'shout' })
      .selectKey((value) => value)
      .repartition({ name: 'by-value', ...words })
      .deduplicate({ name: 'once', by: (value) => value, ttlMs: 1000 })
      .to('out', words);
    const driver = new TopologyTestDriver(builder.build(), { partitions: 3 });
    for (const value of ['a', 'b', 'a', 'c', 'b']) driver.input('in', value, value);
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value).sort()).to.deep.equal(['A', 'B', 'C']);
    await driver.advanceWallClock(1000);
    driver.input('in', 'a', 'a');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['A']);
    await driver.close();
  });
});
