import { expect } from 'chai';
import { until } from '../../../topology/support/until.ts';
import { CLIENTS, codeOf, joinGroup, readAll, record, values, withKafka } from './support.ts';

const put = (key: string, value: string) => ({ type: 'put', key: Buffer.from(`s\0d${key}`), value: Buffer.from(value) }) as const;

for (const client of CLIENTS) {
  describe(`fencing by ${client}`, () => {
    it('refuses the commit of a zombie whole: outputs, positions and state', () => withKafka(client, async (kit) => {
      const [input, output, changelog, groupId] = [kit.name('in'), kit.name('out'), kit.name('changelog'), kit.name('group')] as [string, string, string, string];
      const log = await kit.open();
      await log.ensureTopics([{ topic: input, partitions: 1 }, { topic: output, partitions: 1 }, { topic: changelog, partitions: 1, cleanupPolicy: 'compact' }]);
      await log.produce([record(input, 'a'), record(input, 'b')]);
      const group = await joinGroup(log, groupId, { sources: [input], changelogs: [{ store: 's', topic: changelog, format: 'keyed' }] });
      const zombie = await group.openTask();
      await zombie.commit({ outputs: [record(output, 'kept')], positions: new Map([[`${input}/0`, 1]]), state: [put('k', 'kept')] });
      // As an instance does that the task has moved to.
      const other = await kit.client();
      const next = await other.transactionalProducer(`${groupId}-0`, { timeoutMs: 10_000 });
      await next.close();
      const late = { outputs: [record(output, 'late')], positions: new Map([[`${input}/0`, 2]]), state: [put('k', 'late')] };
      expect(await codeOf(zombie.commit(late))).to.equal('MILL_FENCED');
      expect(await codeOf(zombie.commit(late))).to.equal('MILL_FENCED');
      expect((await zombie.state.getMany([Buffer.from('s\0dk')]))[0]?.toString()).to.equal('kept');
      await zombie.close();
      const owner = await group.openTask();
      expect(owner.committed.get(`${input}/0`)).to.equal(1);
      expect((await owner.state.getMany([Buffer.from('s\0dk')]))[0]?.toString()).to.equal('kept');
      expect(values(await readAll(log, output))).to.deep.equal(['kept']);
    }));

    it('refuses commits, at least once too, for a task that the group has given to another instance', () => withKafka(client, async (kit) => {
      const [input, groupId] = [kit.name('in'), kit.name('group')] as [string, string];
      const [first, second] = [await kit.open(), await kit.open({ stateDirectory: `${kit.stateDirectory}/second` })];
      await first.ensureTopics([{ topic: input, partitions: 2 }]);
      const one = await joinGroup(first, groupId, { sources: [input] }, { guarantee: 'at_least_once' });
      const tasks = [await one.openTask(0), await one.openTask(1)];
      const two = await joinGroup(second, groupId, { sources: [input] }, { guarantee: 'at_least_once' });
      await until(() => two.told.at(-1)?.tasks.length === 1 && one.told.at(-1)?.tasks.length === 1);
      const [moved] = two.told.at(-1)?.tasks ?? [];
      const [kept] = one.told.at(-1)?.tasks ?? [];
      const commitOf = (partition: number) => codeOf(tasks[partition]?.commit({ outputs: [], positions: new Map([[`${input}/${partition}`, 0]]), state: [] }) ?? Promise.reject(new Error('no task')));
      expect(await commitOf(moved?.partition ?? -1)).to.equal('MILL_FENCED');
      expect(await commitOf(kept?.partition ?? -1)).to.equal(undefined);
      expect(await codeOf(one.openTask(moved?.partition))).to.equal('MILL_FENCED');
    }));

    it('ends a transaction that an instance which worked exactly once has left behind', () => withKafka(client, async (kit) => {
      const [input, groupId] = [kit.name('in'), kit.name('group')] as [string, string];
      const log = await kit.open();
      await log.ensureTopics([{ topic: input, partitions: 1 }]);
      const exactly = await joinGroup(log, groupId, { sources: [input] });
      const former = await exactly.openTask();
      await exactly.member.leave();
      const atLeast = await joinGroup(await kit.open(), groupId, { sources: [input] }, { guarantee: 'at_least_once' });
      const task = await atLeast.openTask();
      await task.commit({ outputs: [], positions: new Map([[`${input}/0`, 0]]), state: [] });
      expect(await codeOf(former.commit({ outputs: [], positions: new Map(), state: [] }))).to.equal('MILL_FENCED');
    }));
  });
}
