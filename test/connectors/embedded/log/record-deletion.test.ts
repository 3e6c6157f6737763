import { expect } from 'chai';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { POLL, never, openTask, readAll, record, values, withLog } from './support.ts';

describe('deleting records of the embedded log', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map((value) => record('topic', value));

  it('removes what lies below the offset, in the middle of a batch too, and keeps it so', () => withTemporaryFolder(async (directory) => {
    await withLog({ directory }, async (log) => {
      await log.ensureTopics([{ topic: 'topic', partitions: 1 }]);
      await log.produce(five);
      await log.deleteRecords('topic', new Map([[0, 3]]));
      expect(await log.startOffsets('topic')).to.deep.equal([3]);
      expect(values(await readAll(log, 'topic'))).to.deep.equal(['d', 'e']);
      await log.deleteRecords('topic', new Map([[0, 1]]));
      expect(await log.startOffsets('topic')).to.deep.equal([3]);
    });
    await withLog({ directory }, async (log) => {
      expect(await log.startOffsets('topic')).to.deep.equal([3]);
      expect(values(await readAll(log, 'topic'))).to.deep.equal(['d', 'e']);
    });
  }));

  it('removes all below the end, and a task that was behind goes on with what comes next', () => withLog({}, async (log) => {
    await log.ensureTopics([{ topic: 'topic', partitions: 1 }]);
    await log.produce(five);
    const task = await openTask(log, 'group', 'topic');
    await log.deleteRecords('topic', new Map([[0, 99]]));
    expect(await log.startOffsets('topic')).to.deep.equal(await log.endOffsets('topic'));
    await log.produce([record('topic', 'f')]);
    expect(values(await task.poll({ topic: 'topic', partition: 0 }, 0, { ...POLL, signal: never }))).to.deep.equal(['f']);
  }));
});
