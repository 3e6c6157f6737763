import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import { ManualClock, MemoryLogDriver, Streams, StreamsBuilder, TopologyTestDriver, stringSerde } from '../../topology/index.ts';
import type { EnrichContext, EnrichOptions, EnrichOrdering, Topology } from '../../topology/index.ts';
import { CallGate } from './support/gate.ts';
import { readValues, writeValues } from './support/log.ts';

const text = { key: stringSerde, value: stringSerde };

type Call = (value: string, key: string, context: EnrichContext) => Promise<string>;

function topologyOf(call: Call, options: Omit<EnrichOptions<string, string, string>, 'name'> = {}): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).enrich(call, { name: 'call', ...options }).to('out', text);
  return builder.build();
}

/** Feeds `key:value` records, ends the calls in the given order, and tells what came out. */
async function releasedInOrder(ordering: EnrichOrdering, input: readonly string[], endOrder: readonly string[]): Promise<string[]> {
  const gate = new CallGate();
  const driver = new TopologyTestDriver(topologyOf(gate.call, { ordering, concurrency: input.length }));
  for (const record of input) driver.input('in', record.split(':')[0], record);
  const drained = driver.drain();
  for (const value of endOrder) await gate.finish(value);
  await drained;
  const output = driver.output<string, string>('out').map(({ value }) => value);
  await driver.close();
  return output;
}

const transient = (): MillraceError => new MillraceError('MILL_INFERENCE_WORKER_LOST', 'busy');

describe('enrich', () => {
  const input = ['a:1', 'b:1', 'a:2', 'b:2'];
  const ends = ['b:2', 'a:2', 'b:1', 'a:1'];

  it('releases in the order of the partition, of each key, or of the calls, as asked', async () => {
    expect(await releasedInOrder('partition', input, ends)).to.deep.equal(input);
    expect(await releasedInOrder('key', input, ends)).to.deep.equal(['b:1', 'b:2', 'a:1', 'a:2']);
    expect(await releasedInOrder('none', input, ends)).to.deep.equal(ends);
  });

  it('keeps up to `concurrency` calls in flight, and no more', async () => {
    const gate = new CallGate();
    const driver = new TopologyTestDriver(topologyOf(gate.call, { concurrency: 3 }));
    const values = Array.from({ length: 10 }, (_, index) => `v${index}`);
    for (const value of values) driver.input('in', 'k', value);
    const drained = driver.drain();
    for (const value of values) await gate.finish(value);
    await drained;
    expect(gate.mostRunning).to.equal(3);
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(values);
    await driver.close();
  });

  it('never lets a record of a younger epoch out before the older epoch has left', async () => {
    const gate = new CallGate();
    const log = new MemoryLogDriver();
    await log.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
    const streams = new Streams(topologyOf(gate.call, { ordering: 'none' }), { applicationId: 'app', driver: log, epoch: { maxRecords: 1 }, poll: { maxRecords: 1 } });
    await streams.start();
    await writeValues(log, 'in', [['k', 'old'], ['k', 'young']], stringSerde);
    await gate.of('old');
    await gate.finish('young');
    expect(await readValues(log, 'out', stringSerde)).to.deep.equal([]);
    await gate.finish('old');
    await streams.whenIdle();
    expect(await readValues(log, 'out', stringSerde)).to.deep.equal(['old', 'young']);
    expect(streams.metrics().tasks[0]?.commits).to.equal(2);
    await streams.close();
  });

  it('takes no more records than find a slot soon: an epoch ends with its calls, whatever waits in the topic', async () => {
    const gate = new CallGate();
    const log = new MemoryLogDriver();
    await log.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
    const clock = new ManualClock();
    const streams = new Streams(topologyOf(gate.call, { concurrency: 2, ordering: 'none' }), { applicationId: 'app', driver: log, clock });
    await writeValues(log, 'in', Array.from({ length: 100 }, (_, index) => ['k', `v${index}`] as const), stringSerde);
    await streams.start();
    await gate.of('v1');
    clock.advance(1000);
    const closed = new Set(gate.running);
    while ((streams.metrics().tasks[0]?.commits ?? 0) === 0) {
      const [next] = gate.running;
      if (next === undefined) throw new Error('All calls have ended, and nothing was committed.');
      closed.add(next);
      await gate.finish(next);
      await setImmediate();
    }
    expect(closed.size).to.be.at.most(5);
    expect(streams.metrics().tasks[0]?.nodes['call']?.inFlight).to.be.at.most(5);
    await streams.closeDirty();
  });

  it('retries what is transient with back-off, and tells the call which try it is', async () => {
    const attempts: number[] = [];
    const driver = new TopologyTestDriver(topologyOf(async (value, _key, { attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw transient();
      return value;
    }, { retry: { attempts: 3, backoffMs: 1000 } }));
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(attempts).to.deep.equal([1, 2, 3]);
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['v']);
    expect(driver.metrics().tasks[0]?.nodes['call']).to.include({ retries: 2, deadLettered: 0, inFlight: 0 });
    await driver.close();
  });

  it('dead-letters when the attempts are used up, and at once what is not transient', async () => {
    const calls = new Map<string, number>();
    const driver = new TopologyTestDriver(topologyOf(async (value) => {
      calls.set(value, (calls.get(value) ?? 0) + 1);
      throw value === 'busy' ? transient() : new Error('broken');
    }, { retry: { attempts: 4 } }));
    driver.input('in', 'k', 'busy');
    driver.input('in', 'k', 'bad');
    await driver.drain();
    expect(calls).to.deep.equal(new Map([['busy', 4], ['bad', 1]]));
    expect(driver.output('out')).to.deep.equal([]);
    expect(driver.deadLetters().map(({ errors }) => errors['code']).sort()).to.deep.equal(['MILL_INFERENCE_WORKER_LOST', 'MILL_PROCESSOR_FAILED']);
    await driver.close();
  });

  it('a full disk is not the record\'s fault: the call is tried until it passes', async () => {
    let calls = 0;
    const driver = new TopologyTestDriver(topologyOf(async (value) => {
      if (++calls < 10) throw new MillraceError('MILL_DISK_FULL', 'no space');
      return value;
    }));
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['v']);
    expect(driver.deadLetters()).to.deep.equal([]);
    await driver.close();
  });

  it('a closed component fails the task and not the record', async () => {
    let calls = 0;
    const driver = new TopologyTestDriver(topologyOf(async (value) => {
      if (++calls === 1) throw new MillraceError('MILL_CLOSED', 'the model host was closed');
      return value;
    }));
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['v']);
    expect(driver.metrics().tasks[0]).to.include({ restarts: 1 });
    await driver.close();
  });

  it('aborts a call that takes too long, and does not hear its late answer', async () => {
    const gate = new CallGate();
    const driver = new TopologyTestDriver(topologyOf(gate.call, { timeoutMs: 500 }));
    driver.input('in', 'k', 'slow');
    const drained = driver.drain();
    const { signal, finish } = await gate.of('slow');
    await driver.advanceWallClock(499);
    expect(signal.aborted).to.equal(false);
    await driver.advanceWallClock(1);
    expect(signal.aborted).to.equal(true);
    await drained;
    finish();
    expect(driver.output('out')).to.deep.equal([]);
    expect(driver.deadLetters()[0]?.errors).to.include({ code: 'MILL_TIMEOUT', node: 'call' });
    expect(driver.metrics().tasks[0]?.nodes['call']).to.include({ timeouts: 1 });
    await driver.close();
  });

  it('sends the value of recover on, beside the dead letter, in the same commit', async () => {
    const driver = new TopologyTestDriver(topologyOf(async (value) => {
      throw new MillraceError('MILL_MEDIA_CORRUPT', `cannot read ${value}`);
    }, { recover: (error, value, key) => `${key}/${value} failed with ${error.code}` }));
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['k/v failed with MILL_MEDIA_CORRUPT']);
    expect(driver.deadLetters()).to.have.length(1);
    expect(driver.metrics().tasks[0]).to.include({ commits: 1 });
    await driver.close();
  });

  it('a recover that throws leaves one dead letter and nothing else', async () => {
    const driver = new TopologyTestDriver(topologyOf(async () => { throw new Error('first'); }, { recover: () => { throw new Error('second'); } }));
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.output('out')).to.deep.equal([]);
    expect(driver.deadLetters().map(({ errors }) => errors['message'])).to.deep.equal(['first']);
    await driver.close();
  });

  it('a function that throws instead of returning a promise is like one that rejects', async () => {
    const driver = new TopologyTestDriver(topologyOf(() => { throw new Error('at once'); }));
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.deadLetters().map(({ errors }) => errors['message'])).to.deep.equal(['at once']);
    await driver.close();
  });

  it('aborts its calls when the task closes dirty', async () => {
    const gate = new CallGate();
    const log = new MemoryLogDriver();
    await log.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
    const streams = new Streams(topologyOf(gate.call), { applicationId: 'app', driver: log });
    await streams.start();
    await writeValues(log, 'in', [['k', 'v']], stringSerde);
    const { signal } = await gate.of('v');
    await streams.closeDirty();
    expect(signal.aborted).to.equal(true);
    expect(await log.committedPositions('app-in')).to.deep.equal(new Map());
  });
});
