import { expect } from 'chai';
import type { Assignment, LogDriver, TaskId } from '../../../../connectors/ports/index.ts';
import { codeOf, joinGroup, withLog } from './support.ts';

const partitionsOf = (assignment: Assignment | undefined): number[] => (assignment?.tasks ?? []).map(({ partition }: TaskId) => partition).sort((a, b) => a - b);

const withTopic = (use: (log: LogDriver) => Promise<void>): Promise<void> => withLog({}, async (log) => {
  await log.ensureTopics([{ topic: 'in', partitions: 4 }, { topic: 'narrow', partitions: 2 }]);
  await use(log);
});

describe('groups of the embedded log', () => {
  it('takes tasks from their owner before it gives them to a new member, and leaves the rest', () => withTopic(async (log) => {
    const events: string[] = [];
    const member = (name: string) => log.join({
      groupId: 'g', subtopologies: [{ name: 'work', sources: ['in'] }],
      onAssignment: async (assignment) => { events.push(`${name}:${partitionsOf(assignment).join('')}`); },
    });
    const first = await member('first');
    const second = await member('second');
    expect(events).to.deep.equal(['first:0123', 'first:01', 'second:23']);
    await first.leave();
    const third = await member('third');
    expect(events.slice(3, 4)).to.deep.equal(['second:0123']);
    expect(events.slice(4)).to.have.length(2);
    await second.leave();
    await third.leave();
  }));

  it('gives the tasks of a member that fails to take them to the others', () => withTopic(async (log) => {
    const { told } = await joinGroup(log, 'g', ['in']);
    const failing = log.join({ groupId: 'g', subtopologies: [{ name: 'work', sources: ['in'] }], onAssignment: () => Promise.reject(new Error('no')) });
    expect(await codeOf(failing)).to.equal('MILL_PROCESSOR_FAILED');
    await joinGroup(log, 'g', ['in']).then(({ member }) => member.leave());
    expect(told.map(partitionsOf).filter((partitions) => partitions.length === 4).length).to.be.greaterThan(1);
  }));
});
