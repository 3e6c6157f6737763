import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './child.ts';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { openTask, readAll, withLog } from './support.ts';

const KILLS = 5;

describe('embedded log after kill -9', () => {
  it('has outputs, positions and state of whole commits only, and of every acknowledged one', () => withTemporaryFolder(async (directory) => {
    const reached = [0, 0, 0];
    for (let kill = 0; kill < KILLS; kill++) {
      const child = startChild('commit.ts', [directory]);
      const acknowledged = [...reached];
      const note = (line: string | undefined): void => {
        if (line === undefined) return;
        const [partition = 0, count = 0] = line.split(' ').map(Number);
        acknowledged[partition] = count;
      };
      while (acknowledged.some((count, partition) => count <= (reached[partition] as number))) {
        const line = await child.line();
        expect(line, 'the child ended by itself').to.be.a('string');
        note(line);
      }
      await sleep(Math.random() * 60);
      expect(child.process.exitCode, 'the child was not working any more').to.equal(null);
      child.process.kill('SIGKILL');
      await child.exited();
      for (let line = await child.line(); line !== undefined; line = await child.line()) note(line);

      await withLog({ directory }, async (log) => {
        const records = await readAll(log, 'out');
        expect(records.map(({ offset }) => offset)).to.deep.equal(records.map((_, index) => index));
        for (let partition = 0; partition < 3; partition++) {
          const numbers = records.filter(({ key }) => key?.toString() === String(partition)).map(({ value }) => Number(value?.toString()));
          const task = await openTask(log, 'g', 'in', partition);
          const [count] = await task.state.getMany([Buffer.from('count')]);
          expect(numbers).to.deep.equal(numbers.map((_, index) => index));
          expect(Number(count?.toString())).to.equal(numbers.length);
          expect(task.committed.get(`in/${partition}`)).to.equal(numbers.length);
          expect(numbers.length).to.be.at.least(acknowledged[partition] as number);
          reached[partition] = numbers.length;
        }
      });
    }
  })).timeout(120_000);
});
