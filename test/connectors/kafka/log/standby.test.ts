import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { RestoreProgress } from '../../../../connectors/ports/index.ts';
import { until } from '../../../topology/support/until.ts';
import { CLIENTS, joinGroup, withKafka } from './support.ts';

/** Whether anything was written to the RocksDB of the folder, which another has open. */
async function hasWritten(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(files.filter((name) => name.endsWith('.log')).map(async (name) => (await stat(path.join(folder, name)).catch(() => ({ size: 0 }))).size));
  return sizes.some((size) => size > 0);
}

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
      await until(() => hasWritten(path.join(kit.stateDirectory, 'second', groupId, 'work_0')));
      for (let value = 0; value < 100; value++) await commit(String(value));
      await one.member.leave();
      await until(() => two.told.at(-1)?.tasks.length === 1);
      const progress: RestoreProgress[] = [];
      const next = await two.member.openTask({ subtopology: 'work', partition: 0 }, { onRestore: (report) => progress.push(report) });
      expect((await next.state.getMany([Buffer.from('s\0dk')]))[0]?.toString()).to.equal('99');
      expect(progress[0]?.startOffset).to.be.greaterThan(0);
    }));
  });
}
