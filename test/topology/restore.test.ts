import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { GroupMember, GroupOptions } from '../../connectors/ports/index.ts';
import { ManualClock, MemoryLogDriver, Streams, StreamsBuilder, jsonSerde, stringSerde } from '../../topology/index.ts';
import type { StateRestoreListener, StoreRestoration, Topology } from '../../topology/index.ts';
import { RestoringLogDriver } from './support/restoring-log-driver.ts';
import { readValues, writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).groupByKey().count({ name: 'counts', ...counts }).toStream().to('out', counts);
  return builder.build();
}

const topics = (partitions: number) => ['in', 'out'].map((topic) => ({ topic, partitions }));

function listening(heard: string[]): StateRestoreListener {
  const note = (what: string) => ({ task, store, offset, endOffset }: StoreRestoration): void => { heard.push(`${what} ${task.partition}/${store} ${offset} of ${endOffset}`); };
  return { onRestoreStart: note('start'), onBatchRestored: note('batch'), onRestoreEnd: note('end'), onRestoreSuspended: note('suspended') };
}

describe('Restore', () => {
  it('is told to listeners and in metrics, and Streams is REBALANCING until every task runs', async () => {
    const driver = new RestoringLogDriver({ endOffset: 300 });
    await driver.ensureTopics(topics(2));
    const clock = new ManualClock();
    const streams = new Streams(counting(), { applicationId: 'app', driver, clock });
    const heard: string[] = [];
    const stopListening = streams.onRestore(listening(heard));
    const started = streams.start();
    await until(() => driver.restores.length === 2);
    clock.advance(2000);
    driver.restores[0]?.batch(100);
    expect(streams.metrics().tasks[0]).to.deep.include({ status: 'RESTORING', restoration: { remainingRecords: 200, restoredRecords: 100, recordsPerSecond: 50 } });
    driver.restores[0]?.end();
    await until(() => streams.metrics().tasks[0]?.status === 'RUNNING');
    expect(streams.metrics().tasks.map(({ restoration }) => restoration?.remainingRecords)).to.deep.equal([undefined, 300]);
    expect(streams.state).to.equal('REBALANCING');
    stopListening();
    driver.restores[1]?.end();
    await started;
    expect(streams.state).to.equal('RUNNING');
    expect(heard).to.deep.equal(['start 0/counts 0 of 300', 'start 1/counts 0 of 300', 'batch 0/counts 100 of 300', 'batch 0/counts 300 of 300', 'end 0/counts 300 of 300']);
    await streams.close();
  });

  it('that has nothing to do starts and ends', async () => {
    const driver = new RestoringLogDriver({ endOffset: 0 });
    await driver.ensureTopics(topics(1));
    const streams = new Streams(counting(), { applicationId: 'app', driver });
    const heard: string[] = [];
    streams.onRestore(listening(heard));
    const started = streams.start();
    await until(() => driver.restores.length === 1);
    driver.restores[0]?.end();
    await started;
    expect(heard).to.deep.equal(['start 0/counts 0 of 0', 'end 0/counts 0 of 0']);
    await streams.close();
  });

  for (const heedsSignal of [true, false]) it(`does not hold up a rebalance: a task that goes away is given up at once, by a driver that ${heedsSignal ? 'heeds' : 'ignores'} the signal`, async () => {
    const driver = new RestoringLogDriver({ endOffset: 10, heedsSignal });
    await driver.ensureTopics(topics(2));
    const [first, second] = [1, 2].map(() => new Streams(counting(), { applicationId: 'app', driver })) as [Streams, Streams];
    const heard: string[] = [];
    first.onRestore(listening(heard));
    const started = [first.start()];
    await until(() => driver.restores.length === 2);
    started.push(second.start());
    await until(() => driver.restores.length === 3);
    const [kept, lost, moved] = driver.restores;
    expect([kept?.signal?.aborted, lost?.signal?.aborted, moved?.task.partition]).to.deep.equal([false, true, 1]);
    expect(heard.at(-1)).to.equal('suspended 1/counts 0 of 10');
    if (!heedsSignal) {
      lost?.end();
      await until(() => driver.closed === 1);
    }
    kept?.end();
    moved?.end();
    await Promise.all(started);
    await writeValues(driver, 'in', [['a', 'x'], ['b', 'x'], ['c', 'x']], stringSerde);
    await Promise.all([first.whenIdle(), second.whenIdle()]);
    expect(await readValues(driver, 'out', counts.value)).to.deep.equal([1, 1, 1]);
    await Promise.all([first.close(), second.close()]);
  });

  it('ends with close(), at once', async () => {
    const driver = new RestoringLogDriver({ endOffset: 10 });
    await driver.ensureTopics(topics(1));
    const streams = new Streams(counting(), { applicationId: 'app', driver, clock: new ManualClock() });
    const started = streams.start();
    await until(() => driver.restores.length === 1);
    expect(await streams.close()).to.equal(true);
    await started;
    expect([driver.restores[0]?.signal?.aborted, streams.state]).to.deep.equal([true, 'NOT_RUNNING']);
  });
});

/** A log in memory of which one thing never answers, or fails. */
class StubbornLogDriver extends MemoryLogDriver {
  readonly #change: (member: GroupMember) => Partial<GroupMember>;

  constructor(change: (member: GroupMember) => Partial<GroupMember>) {
    super();
    this.#change = change;
  }

  override async join(options: GroupOptions): Promise<GroupMember> {
    const member = await super.join(options);
    return { ...member, ...this.#change(member) };
  }
}

describe('Streams on a log that fails it', () => {
  it('is in ERROR, with the message of the log, when retention has removed what was not processed', async () => {
    const lost = new MillraceError('MILL_OFFSET_OUT_OF_RANGE', 'in/0: offsets 5 to 99 are gone');
    const driver = new StubbornLogDriver(() => ({ openTask: () => Promise.reject(lost) }));
    await driver.ensureTopics(topics(1));
    const streams = new Streams(counting(), { applicationId: 'app', driver });
    expect(await streams.start().catch((error: unknown) => error)).to.equal(lost);
    expect([streams.state, streams.error]).to.deep.equal(['ERROR', lost]);
    await streams.close();
  });

  const stubborn: [string, (never: Promise<never>) => (member: GroupMember) => Partial<GroupMember>][] = [
    ['a commit', (never) => (member) => ({ openTask: async (task) => ({ ...await member.openTask(task), commit: () => never }) })],
    ['the leaving of a group', (never) => () => ({ leave: () => never })],
  ];
  for (const [what, change] of stubborn) it(`closes in bounded time when ${what} never ends, and says so`, async () => {
    const driver = new StubbornLogDriver(change(new Promise<never>(() => undefined)));
    await driver.ensureTopics(topics(1));
    const clock = new ManualClock();
    const streams = new Streams(counting(), { applicationId: 'app', driver, clock });
    await streams.start();
    await writeValues(driver, 'in', [['k', 'v']], stringSerde);
    await until(() => streams.metrics().tasks[0]?.nodes['counts']?.processed === 1);
    const closed = streams.close({ timeoutMs: 1000 });
    let waited = 0;
    for (; streams.state !== 'NOT_RUNNING'; waited += 100) {
      clock.advance(100);
      await setImmediate();
    }
    expect(await closed).to.equal(false);
    expect(waited).to.be.at.most(20_000);
  });
});

describe('Commit', () => {
  it('waits for more as long as the driver prefers, and no longer than the commit interval', async () => {
    const committedAfter = async (preferredLingerMs: number | undefined, commitIntervalMs: number): Promise<number> => {
      const driver = Object.assign(new MemoryLogDriver(), preferredLingerMs === undefined ? {} : { preferredLingerMs });
      await driver.ensureTopics(topics(1));
      const clock = new ManualClock();
      const streams = new Streams(counting(), { applicationId: 'app', driver, clock, commitIntervalMs });
      await streams.start();
      await writeValues(driver, 'in', [['k', 'v']], stringSerde);
      await until(() => streams.metrics().tasks[0]?.nodes['counts']?.processed === 1);
      for (let waited = 1; ; waited++) {
        clock.advance(1);
        for (let turn = 0; turn < 5; turn++) await setImmediate();
        if (streams.metrics().tasks[0]?.commits === 0) continue;
        await streams.close();
        return waited;
      }
    };
    expect(await committedAfter(undefined, 1000)).to.equal(5);
    expect(await committedAfter(100, 1000)).to.equal(100);
    expect(await committedAfter(100, 20)).to.equal(20);
  });
});
