import path from 'node:path';
import { expect } from 'chai';
import type { RestoreProgress } from '../../../../connectors/ports/index.ts';
import { until } from '../../../topology/support/until.ts';
import { CLIENTS, joinGroup, withKafka } from './support.ts';

for (const client of CLIENTS) {
  describe(`standbys by ${client}`, () => {
    it('have a task ready to go on where its owner stopped', () => withKafka(client, async (kit) => {
      const [input, changelog, groupId] = [kit.name('in'), kit.name('changelog'), kit.name('group')] as [string, string, string];
      const options = { numStandbyReplicas: 1 };
      const [first, second] = [await kit.open(options), await kit.open({ ...options, stateDirectory: path.join(kit.stateDirectory, 'second') })];
      await first.ensureTopics([{ topic: input, partitions: 1 }, { topic: changelog, partitions: 1, cleanupPolicy: 'compact' }]);
      const spec = { sources: [input], changelogs: [{ store: 's', topic: changelog, format: 'keyed' }] } as const;
      const one = await joinGroup(first, groupId, spec);
      const owner = await one.openTask();
      const commit = (value: string): Promise<void> => owner.commit({ outputs: [], positions: new Map(), state: [{ type: 'put', key: Buffer.from('s\0dk'), value: Buffer.from(value) }] });
      await commit('before');
      const two = await joinGroup(second, groupId, spec);
      await until(() => two.told.length > 0);
      expect(two.told.at(-1)?.tasks).to.deep.equal([]);
      for (let value = 0; value < 100; value++) await commit(String(value));
      const [end = 0] = await first.endOffsets(changelog);
      // What it tells the group when it next joins is all that can be seen of it from outside.
      await one.member.leave();
      await until(() => two.told.at(-1)?.tasks.length === 1);
      const progress: RestoreProgress[] = [];
      const next = await two.member.openTask({ subtopology: 'work', partition: 0 }, { onRestore: (report) => progress.push(report) });
      expect((await next.state.getMany([Buffer.from('s\0dk')]))[0]?.toString()).to.equal('99');
      expect(progress[0]?.startOffset).to.be.within(1, end);
    }));
  });
}
