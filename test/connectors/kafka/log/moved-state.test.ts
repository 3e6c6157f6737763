import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { until } from '../../../topology/support/until.ts';
import { CLIENTS, joinGroup, withKafka } from './support.ts';

for (const client of CLIENTS) {
  describe(`state that has moved away, by ${client}`, () => {
    it('is removed after a while; what is owned here stays', () => withKafka(client, async (kit) => {
      const [input, groupId] = [kit.name('in'), kit.name('group')];
      const first = await kit.open({ stateCleanupDelayMs: 300 });
      const second = await kit.open({ stateDirectory: path.join(kit.stateDirectory, 'second') });
      await first.ensureTopics([{ topic: input, partitions: 2 }]);
      const one = await joinGroup(first, groupId, { sources: [input] });
      for (const partition of [0, 1]) await (await one.openTask(partition)).close();
      const folders = async (): Promise<string[]> => (await readdir(path.join(kit.stateDirectory, groupId))).sort();
      expect(await folders()).to.deep.equal(['work_0', 'work_1']);
      await joinGroup(second, groupId, { sources: [input] });
      await until(() => one.told.at(-1)?.tasks.length === 1);
      await until(async () => (await folders()).length < 2);
      expect(await folders()).to.deep.equal(one.told.at(-1)?.tasks.map(({ partition }) => `work_${partition}`));
    }));
  });
}
