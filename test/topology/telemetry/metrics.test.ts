import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, TopologyTestDriver, jsonSerde, stringSerde } from '../../../topology/index.ts';
import type { Topology } from '../../../topology/index.ts';
import { HISTOGRAMS, OBSERVED } from '../../../topology/runtime/telemetry/names.ts';
import { CallGate } from '../support/gate.ts';
import { writeValues } from '../support/log.ts';
import { RestoringLogDriver } from '../support/restoring-log-driver.ts';
import { until } from '../support/until.ts';
import { collectMetrics } from './sdk.ts';
import type { MetricsInMemory } from './sdk.ts';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };

/** Drops tombstones and repeats, dead-letters "bad", retries "slow" once. */
function eventful(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text)
    .deduplicate({ name: 'once', by: (value) => value, ttlMs: 1000 })
    .enrich(async (value, _key, { attempt }) => {
      if (value === 'bad') throw new Error('bad');
      if (value === 'slow' && attempt === 1) throw new MillraceError('MILL_TIMEOUT', 'slow');
      return value;
    }, { name: 'look', retry: { attempts: 2 } })
    .to('out', { ...text, name: 'sink' });
  return builder.build();
}

function calling(gate: CallGate): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).enrich(gate.call, { name: 'look', concurrency: 2 }).to('out', text);
  return builder.build();
}

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).groupByKey().count({ name: 'counts', ...counts }).toStream().to('out', counts);
  return builder.build();
}

async function drained(): Promise<TopologyTestDriver> {
  const driver = new TopologyTestDriver(eventful());
  for (const value of ['a', 'a', 'bad', 'slow', null]) driver.input('in', 'k', value);
  await driver.drain();
  return driver;
}

describe('Metrics', () => {
  let metrics: MetricsInMemory;
  beforeEach(() => { metrics = collectMetrics(); });
  afterEach(() => metrics.close());

  it('count what became of each record, by node', async () => {
    const driver = await drained();
    const of = (name: string, node: string): Promise<number | undefined> => metrics.value(`millrace.streams.node.${name}`, { node });
    const task = { 'application.id': 'test', subtopology: 'in', partition: 0 };
    expect(await metrics.value('millrace.streams.task.process.records', task)).to.equal(5);
    expect(await metrics.value('millrace.streams.task.commit.records', task)).to.equal(5);
    expect([await of('dropped_records', 'in-source'), await of('dropped_records', 'once')]).to.deep.equal([1, 1]);
    expect([await of('process.records', 'look'), await of('dead_letters', 'look'), await of('retries', 'look')]).to.deep.equal([3, 1, 1]);
    expect(await metrics.value('messaging.client.consumed.messages', { 'messaging.system': 'millrace', 'messaging.destination.name': 'in', 'messaging.consumer.group.name': 'test-in' })).to.equal(5);
    expect(await metrics.value('messaging.client.sent.messages', { 'messaging.destination.name': 'out' })).to.equal(2);
    expect(await metrics.value('messaging.client.sent.messages', { 'messaging.destination.name': 'test-dead-letters' })).to.equal(1);
    await driver.close();
  });

  it('measure batches, commits, calls and stores', async () => {
    const driver = await drained();
    const { tasks: [task] } = driver.metrics();
    expect(await metrics.value('millrace.streams.task.process.latency')).to.equal(task?.process.count).and.to.be.greaterThan(0);
    expect(await metrics.value('millrace.streams.task.commit.latency')).to.equal(task?.commits).and.to.equal(task?.commit.count);
    expect(await metrics.value('millrace.streams.node.call.latency', { node: 'look' })).to.equal(3);
    expect(await metrics.value('millrace.streams.store.get.latency', { store: 'once-marks' })).to.equal(1);
    expect(await metrics.value('millrace.streams.store.put.latency', { store: 'once-marks' })).to.equal(1);
    expect(await metrics.value('messaging.process.duration')).to.equal(1);
    expect(task?.process.totalMs).to.be.at.least(task?.process.maxMs ?? Infinity);
    expect(task).to.deep.include({ records: 5, committedRecords: 5, consumed: { in: 5 }, sent: { out: 2, 'test-dead-letters': 1 } });
    await driver.close();
  });

  it('tell the state, what is in flight, and how far behind the task is', async () => {
    const gate = new CallGate();
    const driver = new MemoryLogDriver();
    await driver.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
    const streams = new Streams(calling(gate), { applicationId: 'app', driver, lingerMs: 0 });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'done']], stringSerde);
    await gate.finish('done');
    await streams.whenIdle();
    expect(await metrics.value('millrace.streams.task.lag', { topic: 'in' })).to.equal(0);
    await writeValues(driver, 'in', [['k', '1'], ['k', '2'], ['k', '3']], stringSerde);
    await gate.of('2');
    expect(await metrics.value('millrace.streams.task.lag', { subtopology: 'in', partition: 0, topic: 'in' })).to.equal(3);
    expect(await metrics.value('millrace.streams.node.in_flight', { node: 'look' })).to.equal(3);
    expect(await metrics.value('millrace.streams.task.buffered.records')).to.equal(3);
    expect(await metrics.value('millrace.streams.state', { state: 'RUNNING' })).to.equal(1);
    expect(await metrics.value('millrace.streams.state', { state: 'REBALANCING' })).to.equal(0);
    expect(await metrics.value('millrace.streams.tasks', { status: 'RUNNING' })).to.equal(1);
    await streams.closeDirty();
    expect(await metrics.value('millrace.streams.state', { state: 'RUNNING' })).to.equal(0);
    expect(await metrics.value('millrace.streams.state', { state: 'NOT_RUNNING' })).to.equal(1);
    expect(await metrics.value('millrace.streams.task.lag', { topic: 'in' })).to.equal(0);
  });

  it('of a task that has gone to another member say nothing is left of it here', async () => {
    const gate = new CallGate();
    const driver = new MemoryLogDriver();
    await driver.ensureTopics([{ topic: 'in', partitions: 2 }, { topic: 'out', partitions: 2 }]);
    const first = new Streams(calling(gate), { applicationId: 'app', driver });
    await first.start();
    await driver.produce([0, 1].map((partition) => ({ topic: 'in', partition, key: null, value: Buffer.from(String(partition)), timestampMs: 0, headers: {} })));
    await gate.of('0');
    await gate.of('1');
    const buffered = (partition: number): Promise<number | undefined> => metrics.value('millrace.streams.task.buffered.records', { partition });
    expect([await buffered(0), await buffered(1)]).to.deep.equal([1, 1]);
    const member = await driver.join({ groupId: 'app-in', subtopologies: [{ name: 'in', sources: ['in'] }], onAssignment: async () => undefined });
    await until(() => first.metrics().tasks.length === 1);
    expect([await buffered(0), await buffered(1)]).to.have.members([0, 1]);
    await member.leave();
    await first.closeDirty();
  });

  it('tell what is left to restore', async () => {
    const driver = new RestoringLogDriver({ endOffset: 300 });
    await driver.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
    const streams = new Streams(counting(), { applicationId: 'app', driver });
    const started = streams.start();
    await until(() => driver.restores.length === 1);
    driver.restores[0]?.batch(100);
    expect(await metrics.value('millrace.streams.task.restore.remaining_records')).to.equal(200);
    expect(await metrics.value('millrace.streams.tasks', { status: 'RESTORING' })).to.equal(1);
    driver.restores[0]?.end();
    await started;
    expect(await metrics.value('millrace.streams.task.restore.remaining_records')).to.equal(0);
    await streams.close();
  });

  it('do without the lag while the log does not answer for it', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
    const streams = new Streams(counting(), { applicationId: 'app', driver });
    await streams.start();
    driver.endOffsets = () => Promise.reject(new MillraceError('MILL_KAFKA_UNAVAILABLE', 'away'));
    expect(await metrics.value('millrace.streams.task.lag')).to.equal(undefined);
    expect(await metrics.value('millrace.streams.task.restarts')).to.equal(0);
    await streams.closeDirty();
  });

  it('are all there once there was something of each', async () => {
    const driver = await drained();
    const expected = [...Object.values(HISTOGRAMS), ...Object.values(OBSERVED)].map(({ name }) => name);
    expect(await metrics.names()).to.have.members(expected);
    await driver.close();
  });
});
