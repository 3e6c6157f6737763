import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, stringSerde } from '../../topology/index.ts';
import type { StreamsState, Topology } from '../../topology/index.ts';
import { drivers } from './support/drivers.ts';
import { FaultyLogDriver, fault } from './support/faulty-log-driver.ts';
import { CallGate } from './support/gate.ts';
import { readValues, writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };

function calling(gate: CallGate): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).enrich(gate.call, { name: 'call', concurrency: 1 }).to('out', text);
  return builder.build();
}

const topics = ['in', 'out'].map((topic) => ({ topic, partitions: 1 }));

for (const { name, open } of drivers) {
  describe(`Life cycle on the ${name} log`, () => {
    it('close() lets what is in flight finish, commits it, and takes nothing more', async () => {
      const driver = await open();
      await driver.ensureTopics(topics);
      const gate = new CallGate();
      const streams = new Streams(calling(gate), { applicationId: 'app', driver, poll: { maxRecords: 1 }, epoch: { maxRecords: 1 } });
      const states: StreamsState[] = [streams.state];
      streams.onStateChange((state) => { states.push(state); });
      await streams.start();
      await writeValues(driver, 'in', [['k', 'a'], ['k', 'b'], ['k', 'c'], ['k', 'd']], stringSerde);
      await gate.of('a');
      await until(() => streams.metrics().tasks[0]?.nodes['call']?.processed === 2);
      const closed = streams.close();
      await gate.finish('a');
      await gate.finish('b');
      await closed;
      expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['a', 'b']);
      expect(gate.started).to.equal(2);
      expect(await driver.committedPositions('app-in')).to.deep.equal(new Map([['in/0', 2]]));
      expect(states).to.deep.equal(['CREATED', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING']);

      const next = new Streams(calling(gate), { applicationId: 'app', driver });
      await next.start();
      await gate.finish('c');
      await gate.finish('d');
      await next.whenIdle();
      await next.close();
      expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['a', 'b', 'c', 'd']);
      await driver.close();
    });

    it('an instance in ERROR leaves its tasks to the others', async () => {
      const driver = await open();
      await driver.ensureTopics(topics.map(({ topic }) => ({ topic, partitions: 2 })));
      const instance = (map: (value: string) => string): Streams => {
        const builder = new StreamsBuilder();
        builder.stream('in', text).mapValues(map, { name: 'map' }).to('out', text);
        return new Streams(builder.build(), { applicationId: 'app', driver, onProcessingError: 'fail' });
      };
      const broken = instance(() => { throw new Error('not on this machine'); });
      const sound = instance((value) => value);
      await broken.start();
      await sound.start();
      const values = Array.from({ length: 20 }, (_, index) => String(index));
      await writeValues(driver, 'in', values.map((value) => [value, value]), stringSerde);
      await until(() => broken.state === 'ERROR');
      await until(() => sound.metrics().tasks.length === 2);
      await sound.whenIdle();
      expect((await readValues(driver, 'out', stringSerde)).sort()).to.deep.equal([...values].sort());
      expect(broken.error?.message).to.equal('not on this machine');
      await Promise.all([broken.close(), sound.close()]);
      await driver.close();
    });

    it('close() gives up after its time, and drops what did not finish', async () => {
      const driver = await open();
      await driver.ensureTopics(topics);
      const gate = new CallGate();
      const streams = new Streams(calling(gate), { applicationId: 'app', driver });
      await streams.start();
      await writeValues(driver, 'in', [['k', 'stuck']], stringSerde);
      const { signal } = await gate.of('stuck');
      await streams.close({ timeoutMs: 5 });
      expect(signal.aborted).to.equal(true);
      expect(streams.state).to.equal('NOT_RUNNING');
      expect((await driver.committedPositions('app-in')).get('in/0') ?? 0).to.equal(0);
      await driver.close();
    });

    it('is idle only when every sub-topology has processed what the others wrote', async () => {
      const driver = await open();
      await driver.ensureTopics(['a', 'b', 'c', 'd'].map((topic) => ({ topic, partitions: 3 })));
      const builder = new StreamsBuilder();
      builder.stream('a', text).flatMapValues((value) => [value, value]).to('b', text);
      builder.stream('b', text).repartition({ name: 'again', ...text }).flatMapValues((value) => [value, value]).to('c', text);
      builder.stream('c', text).mapValues((value) => value).to('d', text);
      const streams = new Streams(builder.build(), { applicationId: 'app', driver, commitIntervalMs: 3, lingerMs: 1 });
      await streams.start();
      for (let round = 1; round <= 10; round++) {
        await writeValues(driver, 'a', Array.from({ length: 25 }, (_, index) => [`k${index}`, 'v'] as const), stringSerde);
        expect(await streams.idle()).to.equal(false);
        await streams.whenIdle();
        expect(await readValues(driver, 'd', stringSerde)).to.have.length(round * 100);
      }
      await streams.close();
      await driver.close();
    });
  });
}

describe('Streams', () => {
  it('whenIdle() ends with an error when Streams stops before', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(topics);
    const streams = new Streams(calling(new CallGate()), { applicationId: 'app', driver });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'v']], stringSerde);
    const idle = streams.whenIdle().then(() => 'idle', (error: unknown) => (error as MillraceError).code);
    await streams.closeDirty();
    expect(await idle).to.equal('MILL_CLOSED');
  });

  it('close() while start() still joins leaves every group, so that the next one gets all tasks', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(['a', 'b', 'c'].map((topic) => ({ topic, partitions: 2 })));
    const builder = new StreamsBuilder();
    builder.stream('a', text).to('b', text);
    builder.stream('b', text).to('c', text);
    const topology = builder.build();
    const first = new Streams(topology, { applicationId: 'app', driver });
    const started = first.start();
    await Promise.all([first.closeDirty(), started]);
    const second = new Streams(topology, { applicationId: 'app', driver });
    await second.start();
    expect(second.metrics().tasks).to.have.length(4);
    await writeValues(driver, 'a', [['k', 'v'], ['l', 'v']], stringSerde);
    await second.whenIdle();
    expect(await readValues(driver, 'c', stringSerde)).to.have.length(2);
    await second.close();
  });

  it('waits while the disk is full, and loses nothing', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(topics);
    const gate = new CallGate();
    let full = true;
    const faulty = new FaultyLogDriver(driver, (point) => (full && point === 'before-commit' ? fault('MILL_DISK_FULL') : null));
    const streams = new Streams(calling(gate), { applicationId: 'app', driver: faulty, reopenBackoffMs: 1, maxReopenBackoffMs: 2 });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'v']], stringSerde);
    for (let round = 0; round < 4; round++) await gate.finish('v');
    await until(() => (streams.metrics().tasks[0]?.restarts ?? 0) >= 4);
    expect(streams.metrics().tasks[0]?.lastError).to.have.property('code', 'MILL_DISK_FULL');
    expect(streams.state).to.equal('RUNNING');
    full = false;
    await gate.finish('v');
    await streams.whenIdle();
    expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['v']);
    await streams.close();
  });

  it('an entry of a store that its changelog does not take stops it: it would come again each time', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(topics);
    const gate = new CallGate();
    const faulty = new FaultyLogDriver(driver, (point) => (point === 'before-commit' ? new MillraceError('MILL_RECORD_TOO_LARGE', 'an entry of 2 MiB') : null));
    const streams = new Streams(calling(gate), { applicationId: 'app', driver: faulty });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'v']], stringSerde);
    await gate.finish('v');
    await until(() => streams.state === 'ERROR');
    expect(streams.error?.code).to.equal('MILL_RECORD_TOO_LARGE');
    await streams.close();
  });

  it('goes on though a listener to its states fails', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(topics);
    const streams = new Streams(calling(new CallGate()), { applicationId: 'app', driver });
    const heard: StreamsState[] = [];
    streams.onStateChange(() => { throw new Error('deaf'); });
    streams.onStateChange((state) => { heard.push(state); });
    await streams.start();
    await streams.close();
    expect(heard).to.deep.equal(['REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING']);
  });

  for (const code of ['MILL_STATE_CORRUPT', 'MILL_LOG_UNUSABLE'] as const) it(`stops with an error when opening a task anew cannot help, as after ${code}`, async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(topics);
    const faulty = new FaultyLogDriver(driver, (point) => (point === 'poll' ? new MillraceError(code, 'broken') : null));
    const streams = new Streams(calling(new CallGate()), { applicationId: 'app', driver: faulty });
    const heard: unknown[] = [];
    streams.onStateChange((state) => { if (state === 'ERROR') heard.push(streams.error?.code); });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'v']], stringSerde);
    await until(() => streams.state === 'ERROR');
    expect(heard).to.deep.equal([code]);
    expect(streams.error?.code).to.equal(code);
    await streams.close();
    expect(streams.state).to.equal('NOT_RUNNING');
  });

  it('runs the sub-topologies that it is told to, and refuses others', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(['in', 'mid', 'out'].map((topic) => ({ topic, partitions: 1 })));
    const builder = new StreamsBuilder();
    builder.stream('in', { ...text, name: 'first' }).to('mid', text);
    builder.stream('mid', { ...text, name: 'second' }).to('out', text);
    const topology = builder.build();
    const streams = new Streams(topology, { applicationId: 'app', driver, subtopologies: ['first'] });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'v']], stringSerde);
    await streams.whenIdle();
    expect(await readValues(driver, 'mid', stringSerde)).to.deep.equal(['v']);
    expect(await readValues(driver, 'out', stringSerde)).to.deep.equal([]);
    expect(streams.groups).to.deep.equal([{ groupId: 'app-first', sourceTopics: ['in'] }]);
    await streams.close();
    expect(() => new Streams(topology, { applicationId: 'app', driver, subtopologies: ['third'] })).to.throw(/no sub-topology third/);
  });

  it('checks its options', () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).to('out', text);
    const topology = builder.build();
    expect(() => new Streams(topology, { applicationId: 'no spaces', driver: new MemoryLogDriver() })).to.throw(/applicationId/);
    expect(() => new Streams(topology, { applicationId: 'app', driver: new MemoryLogDriver(), commitIntervalMs: -1 })).to.throw(/commitIntervalMs/);
  });
});
