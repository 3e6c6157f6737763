import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { StateFolder } from '../../../../connectors/kafka/log/state-folder.ts';
import { StateFolders, fileNameOf } from '../../../../connectors/kafka/log/state-folders.ts';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { codeOf, never } from './support.ts';

const folders = (stateDirectory: string, groupId = 'app-work'): StateFolders => new StateFolders({ stateDirectory, groupId, lockTimeoutMs: 100 });
const task = (partition: number, subtopology = 'work') => ({ subtopology, partition });

describe('state folders', () => {
  it('have names that every file system takes, and no two the same', async () => {
    const names = ['plain', 'a/b', 'a%2fb', '..', '.', '', 'a b', 'grün', 'x'.repeat(300), `${'x'.repeat(300)}y`, '-'];
    const safe = names.map(fileNameOf);
    expect(new Set(safe).size).to.equal(names.length);
    for (const name of safe) expect(name).to.match(/^[\w%-][\w.%-]*$|^$/).and.have.length.below(230);
    await withTemporaryFolder(async (directory) => {
      const opened = await folders(directory, 'a/../b').open(task(3, '../../x'), never);
      await opened.close();
      expect(await readdir(directory)).to.deep.equal(['a%2f..%2fb']);
      expect(await readdir(path.join(directory, 'a%2f..%2fb'))).to.deep.equal(['%2e.%2f..%2fx_3']);
    });
  });

  it('keep state and checkpoints together', () => withTemporaryFolder(async (directory) => {
    const first = await StateFolder.open({ directory, lockTimeoutMs: 0, signal: never });
    await first.write([{ type: 'put', key: Buffer.from('k'), value: Buffer.from('v') }], new Map([['changelog', 2 ** 40]]), 0);
    await first.close();
    const second = await StateFolder.open({ directory, lockTimeoutMs: 0, signal: never });
    expect([...second.checkpoints]).to.deep.equal([['changelog', 2 ** 40]]);
    expect((await second.state.getMany([Buffer.from('k')]))[0]?.toString()).to.equal('v');
    await second.remove();
    expect(await readdir(path.dirname(directory))).to.not.include(path.basename(directory));
  }));

  it('tell which tasks are warm: what is open here, what was closed, and what an earlier run left', () => withTemporaryFolder(async (directory) => {
    const earlier = folders(directory);
    for (const partition of [0, 1]) {
      const folder = await earlier.open(task(partition), never);
      await folder.write([], new Map([['a', 10 + partition], ['b', 5]]), 0);
      await earlier.close(task(partition), folder);
    }
    const empty = await earlier.open(task(2), never);
    await earlier.close(task(2), empty);
    expect(earlier.warmTasks()).to.deep.equal([{ task: task(0), offsetSum: 15 }, { task: task(1), offsetSum: 16 }]);
    const later = folders(directory);
    expect(later.warmTasks()).to.deep.equal([]);
    await later.scan([0, 1, 2, 3].map((partition) => task(partition)));
    expect(later.warmTasks()).to.deep.equal([{ task: task(0), offsetSum: 15 }, { task: task(1), offsetSum: 16 }]);
    const open = await later.open(task(1), never);
    await open.write([], new Map([['a', 100]]), 0);
    expect(later.warmTasks()).to.deep.include({ task: task(1), offsetSum: 105 });
    await later.remove(task(1), open);
    expect(later.warmTasks()).to.deep.equal([{ task: task(0), offsetSum: 15 }]);
  }));

  it('leave alone what another owner has open, and wait for it no longer than they may', () => withTemporaryFolder(async (directory) => {
    const [one, other] = [folders(directory), folders(directory)];
    await mkdir(directory, { recursive: true });
    const held = await one.open(task(0), never);
    await held.write([], new Map([['a', 1]]), 0);
    await other.scan([task(0)]);
    expect(other.warmTasks()).to.deep.equal([]);
    expect(await codeOf(other.open(task(0), never))).to.equal('MILL_STATE_LOCKED');
    await one.close(task(0), held);
    const next = await other.open(task(0), never);
    expect(next.checkpoints.get('a')).to.equal(1);
    await other.close(task(0), next);
  }));

  it('are removed when nobody has had them open for long: not what is open here or elsewhere, or was until just now', () => withTemporaryFolder(async (directory) => {
    const [here, elsewhere] = [folders(directory), folders(directory)];
    const names = async (): Promise<string[]> => (await readdir(path.join(directory, 'app-work'))).sort();
    const [moved, shadowed, others] = [await here.open(task(0), never), await here.open(task(1), never), await elsewhere.open(task(2), never)];
    await here.close(task(0), moved);
    const all = [0, 1, 2, 3].map((partition) => task(partition));
    await here.removeIdle(all, 60_000);
    expect(await names()).to.deep.equal(['work_0', 'work_1', 'work_2']);
    // Opened again while it is being removed, it is a new one.
    const [reopened] = await Promise.all([setImmediate().then(() => here.open(task(0), never)), here.removeIdle(all, 0)]);
    expect(await names()).to.deep.equal(['work_0', 'work_1', 'work_2']);
    await reopened.write([], new Map([['a', 1]]), 0);
    await here.close(task(0), reopened);
    await here.removeIdle([task(0)], 0);
    expect(await names()).to.deep.equal(['work_1', 'work_2']);
    expect(here.warmTasks()).to.deep.equal([]);
    await here.close(task(1), shadowed);
    await elsewhere.close(task(2), others);
  }));
});
