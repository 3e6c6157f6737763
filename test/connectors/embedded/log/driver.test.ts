import { expect } from 'chai';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { POLL, codeOf, joinGroup, never, openTask, readAll, record, values, withLog } from './support.ts';

const MODES: readonly (readonly [string, (use: (directory: string | undefined) => Promise<void>) => Promise<void>])[] = [
  ['memory', (use) => use(undefined)],
  ['RocksDB', withTemporaryFolder],
];

for (const [name, inMode] of MODES) {
  const withDriver = (use: Parameters<typeof withLog>[1], options: Parameters<typeof withLog>[0] = {}): Promise<void> =>
    inMode((directory) => withLog(directory === undefined ? options : { ...options, directory }, use));

  describe(`embedded log on ${name}`, () => {
    it('reads from any offset, within the limits of records and bytes, and at least one record', () => withDriver(async (log) => {
      await log.ensureTopics([{ topic: 't', partitions: 1 }]);
      for (let at = 0; at < 900; at += 300) await log.produce(Array.from({ length: 300 }, (_, index) => record('t', `${at + index}`.padStart(400, '.'))));
      const task = await openTask(log, 'g', 't');
      for (const offset of [0, 1, 163, 299, 300, 650, 899]) {
        const polled = await task.poll({ topic: 't', partition: 0 }, offset, { ...POLL, maxRecords: 7, signal: never });
        expect(polled.map((each) => each.offset)).to.deep.equal(Array.from({ length: Math.min(7, 900 - offset) }, (_, index) => offset + index));
        expect(polled[0]?.value?.toString()).to.equal(String(offset).padStart(400, '.'));
      }
      expect(await task.poll({ topic: 't', partition: 0 }, 10, { maxRecords: 100, maxBytes: 1_300, signal: never })).to.have.length(3);
      expect(await task.poll({ topic: 't', partition: 0 }, 10, { maxRecords: 100, maxBytes: 1, signal: never })).to.have.length(1);
      expect(await readAll(log, 't')).to.have.length(900);
    }));

    it('reads the same from RocksDB as from the tail in memory', () => withDriver(async (log) => {
      await log.ensureTopics([{ topic: 't', partitions: 1 }]);
      for (let at = 0; at < 40; at++) await log.produce(Array.from({ length: 25 }, (_, index) => record('t', `${at * 25 + index}`)));
      expect(values(await readAll(log, 't'))).to.deep.equal(Array.from({ length: 1_000 }, (_, index) => String(index)));
    }, { tailCacheBytes: 2_000 }));

    it('commits outputs, positions and state together, and only then shows any of them', () => withDriver(async (log) => {
      await log.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
      await log.produce([record('in', 'a'), record('in', 'b')]);
      const task = await openTask(log, 'g', 'in');
      expect([...task.committed]).to.deep.equal([['in/0', 0]]);
      const committing = task.commit({ outputs: [record('out', 'A')], positions: new Map([['in/0', 1]]), state: [{ type: 'put', key: Buffer.from('k'), value: Buffer.from('v') }] });
      expect(await log.endOffsets('out')).to.deep.equal([0]);
      await committing;
      expect(await log.endOffsets('out')).to.deep.equal([1]);
      expect((await task.state.getMany([Buffer.from('k')]))[0]?.toString()).to.equal('v');
      expect((await log.committedPositions('g')).get('in/0')).to.equal(1);
    }));

    it('gives consecutive offsets to commits of many tasks that write to one partition at once', () => withDriver(async (log) => {
      await log.ensureTopics([{ topic: 'in', partitions: 8 }, { topic: 'out', partitions: 1 }]);
      const { member } = await joinGroup(log, 'g', ['in']);
      const tasks = await Promise.all(Array.from({ length: 8 }, (_, partition) => member.openTask({ subtopology: 'work', partition })));
      await Promise.all(tasks.map(async (task, partition) => {
        for (let epoch = 0; epoch < 20; epoch++) {
          await task.commit({ outputs: [record('out', `${partition}:${epoch}:a`), record('out', `${partition}:${epoch}:b`)], positions: new Map([[`in/${partition}`, epoch + 1]]), state: [] });
        }
      }));
      const records = await readAll(log, 'out');
      expect(records.map(({ offset }) => offset)).to.deep.equal(Array.from({ length: 320 }, (_, index) => index));
      for (let partition = 0; partition < 8; partition++) {
        const own = values(records).filter((value) => value?.startsWith(`${partition}:`));
        expect(own).to.deep.equal(Array.from({ length: 20 }, (_, epoch) => [`${partition}:${epoch}:a`, `${partition}:${epoch}:b`]).flat());
      }
    }));

    it('fences the former owner of a task: its commit and its polls are refused', () => withDriver(async (log) => {
      await log.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
      const { member } = await joinGroup(log, 'g', ['in']);
      const task = { subtopology: 'work', partition: 0 };
      const former = await member.openTask(task);
      const waiting = codeOf(former.poll({ topic: 'in', partition: 0 }, 0, { ...POLL, signal: never }));
      await former.commit({ outputs: [record('out', 'kept')], positions: new Map([['in/0', 5]]), state: [] });
      const [current, late] = await Promise.all([member.openTask(task), codeOf(former.commit({ outputs: [record('out', 'late')], positions: new Map([['in/0', 6]]), state: [] }))]);
      expect(await waiting).to.equal('MILL_FENCED');
      expect(await codeOf(former.commit({ outputs: [record('out', 'zombie')], positions: new Map([['in/0', 9]]), state: [] }))).to.equal('MILL_FENCED');
      // What was under way when the task was taken over either counts whole or not at all, and the new owner knows.
      const survived = late === undefined ? ['kept', 'late'] : ['kept'];
      expect(values(await readAll(log, 'out'))).to.deep.equal(survived);
      expect(current.committed.get('in/0')).to.equal(survived.length + 4);
    }));

    it('removes old records of delete topics once every group has passed them', () => {
      let nowMs = 1_000_000;
      return withDriver(async (log) => {
        await log.ensureTopics([{ topic: 'short', partitions: 1, retentionMs: 1_000 }, { topic: 'kept', partitions: 1 }, { topic: 'compact', partitions: 1, cleanupPolicy: 'compact', retentionMs: 1_000 }]);
        const task = await openTask(log, 'g', 'short');
        for (const topic of ['short', 'kept', 'compact']) for (const value of ['a', 'b']) await log.produce([record(topic, value, { timestampMs: nowMs })]);
        nowMs += 5_000;
        await log.produce([record('short', 'c', { timestampMs: nowMs })]);
        expect(values(await readAll(log, 'short'))).to.deep.equal(['a', 'b', 'c']);
        await task.commit({ outputs: [], positions: new Map([['short/0', 1]]), state: [] });
        await log.produce([record('kept', 'c', { timestampMs: nowMs })]);
        expect(values(await readAll(log, 'short'))).to.deep.equal(['b', 'c']);
        await task.commit({ outputs: [], positions: new Map([['short/0', 3]]), state: [] });
        await log.produce([record('kept', 'd', { timestampMs: nowMs })]);
        expect(values(await readAll(log, 'short'))).to.deep.equal(['c']);
        expect(await log.endOffsets('short')).to.deep.equal([3]);
        expect(values(await readAll(log, 'kept'))).to.deep.equal(['a', 'b', 'c', 'd']);
        expect(values(await readAll(log, 'compact'))).to.deep.equal(['a', 'b']);
        const late = await task.poll({ topic: 'short', partition: 0 }, 0, { ...POLL, signal: never });
        expect(late.map(({ offset }) => offset)).to.deep.equal([2]);
      }, { retentionCheckMs: 0, nowMs: () => nowMs });
    });
  });
}

describe('embedded log on disk', () => {
  it('finds everything again after it was closed', () => withTemporaryFolder(async (directory) => {
    let nowMs = 1_000;
    const options = { directory, retentionCheckMs: 0, nowMs: () => nowMs };
    await withLog(options, async (log) => {
      await log.ensureTopics([{ topic: 'in', partitions: 2, retentionMs: 1_000 }, { topic: 'out', partitions: 1 }]);
      await log.produce([record('in', 'a', { partition: 1 }), record('in', 'b', { partition: 1 })]);
      const task = await openTask(log, 'g', 'in', 1);
      await task.commit({ outputs: [record('out', 'A')], positions: new Map([['in/1', 2]]), state: [{ type: 'put', key: Buffer.from('k'), value: Buffer.from('v') }] });
      nowMs = 10_000;
      await log.produce([record('out', 'B')]);
    });
    await withLog(options, async (log) => {
      expect(await log.partitionCount('in')).to.equal(2);
      // Retention emptied the partition; its offsets go on all the same.
      expect(await log.endOffsets('in')).to.deep.equal([0, 2]);
      expect(await readAll(log, 'in', 1)).to.deep.equal([]);
      expect(values(await readAll(log, 'out'))).to.deep.equal(['A', 'B']);
      const task = await openTask(log, 'g', 'in', 1);
      expect([...task.committed]).to.deep.equal([['in/1', 2]]);
      expect((await task.state.getMany([Buffer.from('k')]))[0]?.toString()).to.equal('v');
      await log.produce([record('in', 'c', { partition: 1, timestampMs: nowMs })]);
      expect((await task.poll({ topic: 'in', partition: 1 }, 2, { ...POLL, signal: never }))[0]).to.deep.include({ offset: 2, value: Buffer.from('c') });
    });
  }));

  it('syncs commits when asked to', () => withTemporaryFolder((directory) => withLog({ directory, sync: true }, async (log) => {
    await log.ensureTopics([{ topic: 't', partitions: 1 }]);
    await log.produce([record('t', 'a')]);
    expect(values(await readAll(log, 't'))).to.deep.equal(['a']);
  })));
});
