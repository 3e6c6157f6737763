import { expect } from 'chai';
import { map as rxMap, mergeMap, filter as rxFilter, delay, of } from 'rxjs';
import { StreamsBuilder, TopologyTestDriver, bytesSerde, jsonSerde, keyValueStore, stringSerde, windowStore } from '../../topology/index.ts';
import type { KStream, KeyValueStore, WindowStore } from '../../topology/index.ts';

const text = { key: stringSerde, value: stringSerde };
const numbers = { key: stringSerde, value: jsonSerde<number>() };

/** What comes out of `in -> build -> out`, as `key:value`. */
async function run(build: (stream: KStream<string, string>, builder: StreamsBuilder) => KStream<string, string>, input: readonly (readonly [string, string | null])[]): Promise<string[]> {
  const builder = new StreamsBuilder();
  build(builder.stream('in', text), builder).to('out', text);
  const driver = new TopologyTestDriver(builder.build());
  for (const [key, value] of input) driver.input('in', key, value);
  await driver.drain();
  const output = driver.output<string, string | null>('out').map(({ key, value }) => `${key}:${value ?? 'null'}`);
  expect(driver.deadLetters()).to.deep.equal([]);
  await driver.close();
  return output;
}

describe('Operators', () => {
  it('filter keeps what the predicate holds for', async () => {
    expect(await run((stream) => stream.filter((value, key) => value !== 'x' && key !== 'c'), [['a', 'x'], ['b', 'y'], ['c', 'y']])).to.deep.equal(['b:y']);
  });

  it('map changes key and value, and keeps timestamp and headers', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).map(({ key, value, timestampMs }) => ({ key: value, value: `${key}@${timestampMs}` })).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'a', 'b', 42, { trace: Buffer.from('t1') });
    await driver.drain();
    expect(driver.output('out')).to.deep.equal([{ key: 'b', value: 'a@42', timestampMs: 42, headers: { trace: Buffer.from('t1') } }]);
    await driver.close();
  });

  it('mapValues, selectKey, flatMap and flatMapValues', async () => {
    expect(await run((stream) => stream.mapValues((value, key) => key + value), [['a', 'b']])).to.deep.equal(['a:ab']);
    expect(await run((stream) => stream.selectKey((value, key) => value + key), [['a', 'b']])).to.deep.equal(['ba:b']);
    expect(await run((stream) => stream.flatMap((value, key) => value.split('').map((letter) => ({ key: letter, value: key }))), [['a', 'bc'], ['d', '']])).to.deep.equal(['b:a', 'c:a']);
    expect(await run((stream) => stream.flatMapValues((value) => value.split(' ')), [['a', 'b c']])).to.deep.equal(['a:b', 'a:c']);
  });

  it('peek sees every record and changes none', async () => {
    const seen: string[] = [];
    expect(await run((stream) => stream.peek((value, key) => { seen.push(key + value); }), [['a', 'b'], ['c', 'd']])).to.deep.equal(['a:b', 'c:d']);
    expect(seen).to.deep.equal(['ab', 'cd']);
  });

  it('split sends a record to the first branch that holds, and the rest to the default', async () => {
    const builder = new StreamsBuilder();
    const branches = builder.stream('in', text).split({ name: 'kind' })
      .branch((value) => value.startsWith('a'), 'a')
      .branch((value) => value.length === 2, 'two')
      .defaultBranch('rest');
    branches.a.to('a', text);
    branches.two.to('two', text);
    branches.rest.to('rest', text);
    const driver = new TopologyTestDriver(builder.build());
    for (const value of ['ab', 'bb', 'ccc', 'a']) driver.input('in', 'k', value);
    await driver.drain();
    const valuesOf = (topic: string): unknown[] => driver.output(topic).map(({ value }) => value);
    expect({ a: valuesOf('a'), two: valuesOf('two'), rest: valuesOf('rest') }).to.deep.equal({ a: ['ab', 'a'], two: ['bb'], rest: ['ccc'] });
    await driver.close();
  });

  it('split without a default drops the rest', async () => {
    expect(await run((stream) => stream.split().branch((value) => value === 'x', 'x').noDefaultBranch().x, [['a', 'x'], ['b', 'y']])).to.deep.equal(['a:x']);
  });

  it('merge brings branches of one source back into its order', async () => {
    const output = await run((stream) => {
      const { odd, even } = stream.split().branch((value) => Number(value) % 2 === 1, 'odd').defaultBranch('even');
      return odd.flatMapValues((value) => [value, `${value}!`]).merge(even.mapValues((value) => value).mapValues((value) => value));
    }, ['1', '2', '3', '4', '5'].map((value) => ['k', value] as const));
    expect(output).to.deep.equal(['k:1', 'k:1!', 'k:2', 'k:3', 'k:3!', 'k:4', 'k:5', 'k:5!']);
  });

  it('pipe takes RxJS operators, record by record', async () => {
    const output = await run((stream) => stream.pipe(
      rxFilter(({ value }) => value !== 'x'),
      mergeMap((record) => of(record, { ...record, value: `${record.value}2` })),
      rxMap((record) => ({ ...record, key: record.key.toUpperCase() })),
    ), [['a', 'x'], ['b', 'y']]);
    expect(output).to.deep.equal(['B:y', 'B:y2']);
  });

  it('pipe refuses operators that have not completed when they return: a commit would lose what they hold', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).pipe(delay(1)).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'a', 'b');
    await driver.drain();
    expect(driver.output('out')).to.deep.equal([]);
    expect(driver.deadLetters()[0]?.errors).to.include({ node: 'pipe-1', code: 'MILL_PROCESSOR_FAILED' });
    await driver.close();
  });

  it('process reads its own writes, forwards any number of records, and knows time', async () => {
    const times: number[] = [];
    const output = await run((stream, builder) => {
      builder.addStateStore(keyValueStore({ name: 'last', ...text }));
      return stream.process<string, string>(() => ({
        async process({ key, value }, context) {
          const store = context.store<KeyValueStore<string, string>>('last');
          const former = await store.get(key);
          store.put(key, value);
          times.push(context.streamTimeMs, context.currentSystemTimeMs());
          if (former !== undefined) context.forward({ key, value: `${former}->${value}` });
        },
      }), { name: 'changes', stores: ['last'] });
    }, [['a', '1'], ['b', '1'], ['a', '2'], ['a', '3']]);
    expect(output).to.deep.equal(['a:1->2', 'a:2->3']);
    expect(new Set(times)).to.deep.equal(new Set([0]));
  });

  it('process uses window stores', async () => {
    const builder = new StreamsBuilder();
    builder.addStateStore(windowStore({ name: 'sums', ...numbers, retentionMs: 60_000 }));
    builder.stream('in', numbers).process<string, number>(() => ({
      async process({ key, value, timestampMs }, context) {
        const store = context.store<WindowStore<string, number>>('sums');
        const start = timestampMs - (timestampMs % 1000);
        const sum = ((await store.fetch(key, start)) ?? 0) + value;
        store.put(key, sum, start);
        context.forward({ key, value: sum, timestampMs: start });
      },
    }), { name: 'sum', stores: ['sums'] }).to('out', numbers);
    const driver = new TopologyTestDriver(builder.build());
    for (const [value, atMs] of [[1, 100], [2, 900], [5, 1100]] as const) driver.input('in', 'a', value, atMs);
    await driver.drain();
    expect(driver.output('out').map(({ value, timestampMs }) => [value, timestampMs])).to.deep.equal([[1, 0], [3, 0], [5, 1000]]);
    await driver.close();
  });

  it('nodes that share a store see each other record by record', async () => {
    const store = keyValueStore({ name: 'shared', ...text });
    const output = await run((stream, builder) => {
      builder.addStateStore(store);
      return stream
        .flatMapValues((value) => [`${value}1`, `${value}2`])
        .process<string, string>(() => ({
          process(record, context) {
            context.store<KeyValueStore<string, string>>('shared').put('latest', record.value);
            context.forward(record);
          },
        }), { name: 'writer', stores: ['shared'] })
        .process<string, string>(() => ({
          async process(record, context) {
            context.forward({ ...record, value: `${record.value}=${String(await context.store<KeyValueStore<string, string>>('shared').get('latest'))}` });
          },
        }), { name: 'reader', stores: ['shared'] });
    }, [['k', 'a'], ['k', 'b']]);
    expect(output).to.deep.equal(['k:a1=a1', 'k:a2=a2', 'k:b1=b1', 'k:b2=b2']);
  });

  it('aggregate folds by key, may change its aggregate in place, and removes a key by null', async () => {
    const lists = { key: stringSerde, value: jsonSerde<string[] | null>() };
    const builder = new StreamsBuilder();
    builder.stream('in', text).groupByKey().aggregate<string[] | null>(() => [], (_key, value, list) => {
      if (value === 'clear') return null;
      list?.push(value);
      return list;
    }, { name: 'lists', ...lists }).toStream().to('out', lists);
    const driver = new TopologyTestDriver(builder.build());
    for (const value of ['a', 'b', 'clear', 'c']) driver.input('in', 'k', value);
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal([['a'], ['a', 'b'], null, ['c']]);
    driver.input('in', 'k', 'd');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal([['c', 'd']]);
    await driver.close();
  });

  it('aggregate drops records without a key, and counts them', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).groupByKey().count({ name: 'counts', ...numbers }).toStream().to('out', numbers);
    const driver = new TopologyTestDriver(builder.build());
    driver.inputBytes('in', null, Buffer.from('x'));
    driver.input('in', 'a', 'x');
    await driver.drain();
    expect(driver.output('out').map(({ key }) => key)).to.deep.equal(['a']);
    expect(driver.metrics().tasks[0]?.nodes['counts']).to.include({ processed: 2, dropped: 1 });
    await driver.close();
  });

  it('groupByKey repartitions when the key has changed and it is told the serdes', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).selectKey((value) => value).groupByKey({ name: 'by-word', ...text }).count({ name: 'counts', ...numbers }).toStream().to('out', numbers);
    const topology = builder.build();
    expect(topology.subtopologies.map(({ name }) => name)).to.deep.equal(['in', 'by-word']);
    const driver = new TopologyTestDriver(topology, { partitions: 4 });
    for (const word of ['x', 'y', 'x', 'x']) driver.input('in', 'k', word);
    await driver.drain();
    const last = new Map(driver.output<string, number>('out').map(({ key, value }) => [key, value]));
    expect(last).to.deep.equal(new Map([['x', 3], ['y', 1]]));
    await driver.close();
  });

  it('tombstones are dropped and counted by stream(), and passed by streamWithTombstones()', async () => {
    const builder = new StreamsBuilder();
    builder.stream('values', text).to('out', text);
    builder.streamWithTombstones('all', text).to('out', { ...text, name: 'second' });
    const driver = new TopologyTestDriver(builder.build());
    for (const topic of ['values', 'all']) {
      driver.input(topic, 'a', 'x');
      driver.input(topic, 'a', null);
    }
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value).sort()).to.deep.equal([null, 'x', 'x'].sort());
    expect(driver.metrics().tasks.find(({ task }) => task.subtopology === 'values')?.nodes['values-source']?.dropped).to.equal(1);
    await driver.close();
  });

  it('records of several topics of a stream are taken in the order of their timestamps', async () => {
    const builder = new StreamsBuilder();
    builder.stream(['a', 'b'], { ...text, name: 'both' }).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    for (const [topic, atMs] of [['a', 1], ['a', 4], ['b', 2], ['b', 3], ['b', 5]] as const) driver.input(topic, 'k', `${topic}${atMs}`, atMs);
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['a1', 'b2', 'b3', 'a4', 'b5']);
    await driver.close();
  });

  it('bytes pass unchanged through the bytes serde', async () => {
    const builder = new StreamsBuilder();
    const bytes = { key: bytesSerde, value: bytesSerde };
    builder.stream('in', bytes).to('out', bytes);
    const driver = new TopologyTestDriver(builder.build());
    driver.inputBytes('in', Buffer.of(0, 255), Buffer.of(128, 0, 1));
    await driver.drain();
    expect(driver.output('out')[0]).to.deep.include({ key: Buffer.of(0, 255), value: Buffer.of(128, 0, 1) });
    await driver.close();
  });
});
