import { expect } from 'chai';
import { MemoryLogDriver, Streams, StreamsBuilder, jsonSerde, stringSerde } from '../../topology/index.ts';
import type { StreamsState, Topology } from '../../topology/index.ts';
import { CallGate } from './support/gate.ts';
import { readValues, writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };

async function openLog(partitions: number): Promise<MemoryLogDriver> {
  const log = new MemoryLogDriver();
  await log.ensureTopics(['in', 'out', 'counts'].map((topic) => ({ topic, partitions })));
  return log;
}

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).groupByKey().count({ name: 'count', ...counts }).toStream().to('counts', counts);
  return builder.build();
}

function calling(gate: CallGate): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).enrich(gate.call, { name: 'call' }).to('out', text);
  return builder.build();
}

const partitionsOf = (streams: Streams): number[] => streams.metrics().tasks.map(({ task }) => task.partition).sort();

describe('Rebalance', () => {
  it('moves tasks with their state to a new member, and back when it leaves', async () => {
    const log = await openLog(4);
    const [first, second] = [1, 2].map(() => new Streams(counting(), { applicationId: 'app', driver: log })) as [Streams, Streams];
    const write = (): Promise<void> => writeValues(log, 'in', Array.from({ length: 20 }, (_, index) => [`k${index}`, 'x'] as const), stringSerde);
    await first.start();
    await write();
    await first.whenIdle();
    await second.start();
    expect(partitionsOf(first)).to.deep.equal([0, 2]);
    expect(partitionsOf(second)).to.deep.equal([1, 3]);
    await write();
    await Promise.all([first.whenIdle(), second.whenIdle()]);
    expect(second.metrics().tasks.some(({ commits }) => commits > 0)).to.equal(true);
    await first.close();
    await write();
    await second.whenIdle();
    expect(partitionsOf(second)).to.deep.equal([0, 1, 2, 3]);
    const written = await readValues(log, 'counts', counts.value);
    expect(written.sort()).to.deep.equal([...Array<number>(20).fill(1), ...Array<number>(20).fill(2), ...Array<number>(20).fill(3)]);
    await second.close();
  });

  it('lets a retained task go on with what it has in flight', async () => {
    const log = await openLog(1);
    const gate = new CallGate();
    const first = new Streams(calling(gate), { applicationId: 'app', driver: log });
    const second = new Streams(calling(gate), { applicationId: 'app', driver: log });
    await first.start();
    await writeValues(log, 'in', [['k', 'v']], stringSerde);
    const { signal } = await gate.of('v');
    await second.start();
    expect([first.state, second.state, second.metrics().tasks]).to.deep.equal(['RUNNING', 'RUNNING', []]);
    expect(signal.aborted).to.equal(false);
    await gate.finish('v');
    await first.whenIdle();
    expect(gate.started).to.equal(1);
    expect(await readValues(log, 'out', stringSerde)).to.deep.equal(['v']);
    await Promise.all([first.close(), second.close()]);
  });

  it('closes a lost task dirty, though it is assigned again: its records are processed anew, once', async () => {
    const log = await openLog(1);
    const gate = new CallGate();
    const streams = new Streams(calling(gate), { applicationId: 'app', driver: log });
    const states: StreamsState[] = [];
    await streams.start();
    streams.onStateChange((state) => { states.push(state); });
    await writeValues(log, 'in', [['k', 'v']], stringSerde);
    const before = await gate.of('v');
    await log.interrupt('app-in');
    expect(before.signal.aborted).to.equal(true);
    before.finish();
    await gate.finish('v');
    await streams.whenIdle();
    expect(gate.started).to.equal(2);
    expect(await readValues(log, 'out', stringSerde)).to.deep.equal(['v']);
    expect(states).to.deep.equal(['REBALANCING', 'RUNNING']);
    await streams.close();
  });

  it('a task that another has taken over commits nothing any more', async () => {
    const log = await openLog(1);
    const gate = new CallGate();
    const streams = new Streams(calling(gate), { applicationId: 'app', driver: log });
    await streams.start();
    await writeValues(log, 'in', [['k', 'v']], stringSerde);
    const zombie = await gate.of('v');
    const thief = await log.join({ groupId: 'app-in', subtopologies: [{ name: 'in', sources: ['in'] }], onAssignment: async () => undefined });
    await thief.openTask({ subtopology: 'in', partition: 0 });
    zombie.finish();
    await until(() => (streams.metrics().tasks[0]?.restarts ?? 0) > 0);
    expect(streams.metrics().tasks[0]?.lastError).to.have.property('code', 'MILL_FENCED');
    expect(await readValues(log, 'out', stringSerde)).to.deep.equal([]);
    await streams.closeDirty();
  });
});
