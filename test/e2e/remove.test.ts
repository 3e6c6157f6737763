import { expect } from 'chai';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { projectFile, resolvePaths } from '../../ops/paths.ts';
import { runCli, startCli } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';
import { snapshotIndex, whenReachable } from '../support/instance.ts';

const photo = (name: string): string => projectFile('samples', 'media', 'photos', name);

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

describe('millrace remove, beside a running instance', function () {
  this.timeout(180_000);

  it('takes documents and blobs away, keeps those of an exact duplicate, and lets the asset come back', () =>
    withTemporaryFolder(async (folder) => {
      const [data, media] = [path.join(folder, 'data'), path.join(folder, 'media')];
      await mkdir(media);
      await copyFile(photo('cat.jpg'), path.join(media, 'cat.jpg'));
      await copyFile(photo('cat.jpg'), path.join(media, 'the same cat.jpg'));
      await copyFile(photo('coffee.jpg'), path.join(media, 'coffee.jpg'));
      const program = startCli(['run'], { data });
      try {
        await (await whenReachable(data, program.ended)).close();
        const names = async (): Promise<string[]> => (await snapshotIndex(data)).assets.map(({ fileName }) => fileName).sort();
        const blobs = (): Promise<string[]> => filesUnder(resolvePaths({ data }).blobs);

        expect((await runCli(['add', media], { data })).code).to.equal(0);
        expect(await names()).to.deep.equal(['cat.jpg', 'coffee.jpg', 'the same cat.jpg']);
        expect(await blobs(), 'one frame of each content').to.have.lengthOf(2);

        expect((await runCli(['remove', path.join(media, 'coffee.jpg')], { data })).code).to.equal(0);
        expect(await names()).to.deep.equal(['cat.jpg', 'the same cat.jpg']);

        for (const name of ['cat.jpg', 'the same cat.jpg']) {
          expect((await runCli(['search', 'a cat', '--json', '--limit', '1'], { data })).stdout).to.include('cat.jpg');
          expect((await runCli(['remove', path.join(media, name)], { data })).code).to.equal(0);
        }
        expect(await names()).to.deep.equal([]);
        expect((await snapshotIndex(data)).moments).to.deep.equal([]);

        expect((await runCli(['add', path.join(media, 'cat.jpg')], { data })).code).to.equal(0);
        expect(await names()).to.deep.equal(['cat.jpg']);
        expect((await snapshotIndex(data)).assets[0]?.revision).to.be.greaterThan(1);
        expect(await blobs(), 'blobs of what was removed are gone').to.have.lengthOf(1);

        await rm(media, { recursive: true });
        expect((await runCli(['remove', media], { data })).code, 'a folder that is gone from the disk').to.equal(0);
        expect(await names()).to.deep.equal([]);
        expect((await runCli(['remove', media], { data })).code, 'nothing is known of it any more').to.equal(4);

        program.process.kill('SIGTERM');
        const { code, stderr } = await program.ended;
        expect(code, stderr).to.equal(0);
      } finally {
        program.killAll();
      }
    }));
});
