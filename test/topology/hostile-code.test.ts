/** What users' code may do to the engine: throw where nobody expects it, go on after the end, give keys and times that are none. */
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { GroupMember, GroupOptions, Serde } from '../../connectors/ports/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, TopologyTestDriver, jsonSerde, stringSerde } from '../../topology/index.ts';
import type { Processor } from '../../topology/index.ts';
import { FaultyLogDriver } from './support/faulty-log-driver.ts';
import { CallGate } from './support/gate.ts';
import { readValues, writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };
type Point = { readonly x: number; readonly y: number };
/** The bytes do not depend on the order of the properties. */
const pointSerde: Serde<Point> = {
  name: 'point',
  serialize: ({ x, y }) => {
    if (typeof x !== 'number') throw new MillraceError('MILL_SERIALIZATION', 'x is no number');
    return Buffer.of(x, y);
  },
  deserialize: (bytes) => ({ x: bytes[0] as number, y: bytes[1] as number }),
};

const topics = ['in', 'mid', 'out'].map((topic) => ({ topic, partitions: 1 }));

async function openDriver(): Promise<MemoryLogDriver> {
  const driver = new MemoryLogDriver();
  await driver.ensureTopics(topics);
  return driver;
}

describe('Hostile user code', () => {
  for (const [what, commitsBetween, wanted] of [['for ever ends in ERROR', false, 'ERROR'], ['now and then is survived', true, 'RUNNING']] as const) {
    it(`a defect outside any record that comes back ${what}`, async () => {
      let failures = 2;
      const driver = new FaultyLogDriver(await openDriver(), (point) => {
        if (point === 'before-commit') failures = 2;
        if (point !== 'poll' || (commitsBetween && failures === 0)) return null;
        failures -= 1;
        return new TypeError('undefined is no function');
      });
      const builder = new StreamsBuilder();
      builder.stream('in', text).to('out', text);
      const streams = new Streams(builder.build(), { applicationId: 'app', driver, reopenBackoffMs: 0, lingerMs: 0, poll: { maxRecords: 1 }, epoch: { maxRecords: 1 } });
      await streams.start();
      const values = Array.from({ length: 20 }, (_, i) => String(i));
      await writeValues(driver, 'in', values.map((value) => ['k', value]), stringSerde);
      if (wanted === 'ERROR') {
        await until(() => streams.state === 'ERROR');
        expect(streams.error?.message).to.equal('undefined is no function');
        expect(streams.metrics().tasks[0]?.restarts).to.equal(10);
        expect(await readValues(driver, 'out', stringSerde)).to.deep.equal([]);
      } else {
        await streams.whenIdle();
        expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(values);
        expect(streams.metrics().tasks[0]?.restarts).to.be.greaterThan(10);
      }
      expect(streams.state).to.equal(wanted);
      await streams.close();
    });
  }

  it('a processor whose close() throws keeps nobody from closing', async () => {
    const driver = await openDriver();
    const builder = new StreamsBuilder();
    const closed: string[] = [];
    const processor = (name: string): Processor<string, string, string, string> => ({
      process: (record, context) => { context.forward(record); },
      close: () => { closed.push(name); throw new Error('cannot close'); },
    });
    builder.stream('in', text).process(() => processor('a'), { name: 'a' }).process(() => processor('b'), { name: 'b' }).to('out', text);
    const streams = new Streams(builder.build(), { applicationId: 'app', driver });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'v']], stringSerde);
    await streams.whenIdle();
    await streams.close();
    expect(closed).to.deep.equal(['a', 'b']);
    expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['v']);
  });

  it('what still runs when the task is closed goes no further', async () => {
    const driver = await openDriver();
    const builder = new StreamsBuilder();
    const gate = new CallGate();
    const processed: string[] = [];
    const enriched: string[] = [];
    builder.stream('in', text).process((): Processor<string, string, string, string> => ({
      process: async (record, context) => {
        processed.push(record.value);
        await gate.call(record.value, 'k', { signal: new AbortController().signal, headers: {}, timestampMs: 0, attempt: 1, outage: () => undefined });
        context.forward(record);
      },
    }), { name: 'slow' }).enrich(async (value) => {
      enriched.push(value);
      return value;
    }, { name: 'call' }).to('out', text);
    const streams = new Streams(builder.build(), { applicationId: 'app', driver });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'a'], ['k', 'b']], stringSerde);
    const call = await gate.of('a');
    const [task] = streams.metrics().tasks;
    await streams.closeDirty();
    call.finish();
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    expect(processed).to.deep.equal(['a']);
    expect(enriched).to.deep.equal([]);
    expect(task?.nodes['call']?.inFlight).to.equal(0);
  });

  it('a fatal error while the groups are still being joined stops all of them', async () => {
    /** The second group is slow to join. */
    class SlowDriver extends MemoryLogDriver {
      override async join(options: GroupOptions): Promise<GroupMember> {
        if (options.groupId === 'app-mid') await until(() => streams.state === 'ERROR');
        return super.join(options);
      }
    }
    const driver = new SlowDriver();
    await driver.ensureTopics(topics);
    const builder = new StreamsBuilder();
    builder.stream('in', text).process((): Processor<string, string, string, string> => { throw new Error('no such processor'); }, { name: 'broken' }).to('mid', text);
    builder.stream('mid', text).to('out', text);
    const streams = new Streams(builder.build(), { applicationId: 'app', driver });
    const started = await streams.start().then(() => 'started', (error: unknown) => (error as Error).message);
    expect(started).to.equal('no such processor');
    expect(streams.state).to.equal('ERROR');
    await until(() => streams.metrics().tasks.every(({ status }) => status === 'CLOSED'));
    await streams.close();
  });

  it('a timestamp or a header that is none makes a dead letter, and not a task that starts for ever', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).process((): Processor<string, string, string, string> => ({
      process: (record, context) => { 
        context.forward({ ...record, timestampMs: record.value === 'no time' ? Number.NaN : 5, headers: record.value === 'no bytes' ? { a: undefined } as never : {} });
      },
    }), { name: 'dated' }).to('out', { ...text, name: 'sink' });
    const driver = new TopologyTestDriver(builder.build());
    for (const value of ['a', 'no time', 'no bytes', 'b']) driver.input('in', 'k', value);
    await driver.drain();
    expect(driver.output('out').map(({ value, timestampMs }) => [value, timestampMs])).to.deep.equal([['a', 5], ['b', 5]]);
    expect(driver.deadLetters().map(({ value, errors }) => `${String(value)}: ${errors['code'] ?? ''}`)).to.deep.equal(['no time: MILL_SERIALIZATION', 'no bytes: MILL_SERIALIZATION']);
    await driver.close();
  });

  it('aggregate takes keys as equal when their bytes are, and dead-letters a key that has none', async () => {
    const builder = new StreamsBuilder();
    const count = { name: 'counts', key: pointSerde, value: jsonSerde<number>() };
    const keys: Record<string, unknown> = { a: { x: 1, y: 2 }, b: { y: 2, x: 1 }, c: {}, d: { x: 1, y: 2, z: 3 } };
    builder.stream('in', text).selectKey((value) => keys[value] as Point).repartition({ name: 'again', key: jsonSerde<Point>(), value: stringSerde })
      .groupByKey().count(count).toStream().to('out', { key: pointSerde, value: jsonSerde<number>() });
    const driver = new TopologyTestDriver(builder.build());
    for (const value of ['a', 'b', 'c', 'd']) driver.input('in', 'k', value);
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal([1, 2, 3]);
    expect(driver.deadLetters().map(({ errors }) => errors['code'])).to.deep.equal(['MILL_SERIALIZATION']);
    await driver.close();
  });

  it('enrich in the order of keys takes keys as equal whatever the order of their properties', async () => {
    const builder = new StreamsBuilder();
    const gate = new CallGate();
    const keys: Record<string, unknown> = { first: { x: 1, y: { a: 1, b: [2] } }, second: { y: { b: [2], a: 1 }, x: 1 } };
    builder.stream('in', text).map(({ value }) => ({ key: keys[value], value }))
      .enrich((value, _key, context) => gate.call(value, '', context), { name: 'call', ordering: 'key' })
      .selectKey(() => 'k').to('out', text);
    const driver = await openDriver();
    const streams = new Streams(builder.build(), { applicationId: 'app', driver });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'first'], ['k', 'second']], stringSerde);
    await gate.finish('second');
    await gate.finish('first');
    await streams.whenIdle();
    expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['first', 'second']);
    await streams.close();
  });
});
