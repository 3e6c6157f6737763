import { expect } from 'chai';
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { assetIdOf, scan } from '../../../ops/ingest/index.ts';
import type { AssetSubmitted } from '../../../schemas/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

async function collect(...args: Parameters<typeof scan>): Promise<AssetSubmitted[]> {
  const found: AssetSubmitted[] = [];
  for await (const event of scan(...args)) found.push(event);
  return found;
}

describe('scan', () => {
  it('walks folders by name, and passes over hidden files and links', () => withTemporaryFolder(async (folder) => {
    await mkdir(path.join(folder, 'b'));
    await mkdir(path.join(folder, '.git'));
    await writeFile(path.join(folder, 'outside.txt'), 'x');
    await mkdir(path.join(folder, 'a'));
    for (const name of ['b/two.txt', 'a/one.txt', '.git/config', 'a/.hidden']) await writeFile(path.join(folder, name), name);
    await symlink('/etc', path.join(folder, 'a', 'link'));
    await symlink(path.join(folder, 'outside.txt'), path.join(folder, 'b', 'link.txt'));
    const names = (await collect([path.join(folder, 'a'), path.join(folder, 'b')])).map(({ fileName }) => fileName);
    expect(names).to.deep.equal(['one.txt', 'two.txt']);
  }));

  it('names an asset by its library and real path, and each submission anew', () => withTemporaryFolder(async (folder) => {
    const file = path.join(folder, 'film.mp4');
    await writeFile(file, 'bytes');
    await utimes(file, 1000, 1000);
    const [first] = await collect([file], { library: 'news', priority: 'BULK', nowMs: () => 42 });
    const [second] = await collect([folder], { library: 'news' });
    expect(first).to.include({ assetId: assetIdOf('news', file), library: 'news', priority: 'BULK', fileName: 'film.mp4', sizeBytes: 5, modifiedAtMs: 1_000_000, submittedAtMs: 42 });
    expect(second?.assetId).to.equal(first?.assetId);
    expect(second?.eventId).to.not.equal(first?.eventId);
    expect(assetIdOf('other', file)).to.not.equal(first?.assetId);
  }));

  it('keeps hostile names whole through the address', () => withTemporaryFolder(async (folder) => {
    const name = '$(touch x) #?%41\n"\'.mp4';
    await writeFile(path.join(folder, name), 'x');
    const [event] = await collect([folder]);
    expect(event?.fileName).to.equal(name);
    expect(fileURLToPath(event?.sourceUri ?? '')).to.equal(path.join(folder, name));
  }));

  it('passes over what cannot be read, and says so', () => withTemporaryFolder(async (folder) => {
    for (const name of ['a', 'b']) await mkdir(path.join(folder, name));
    for (const name of ['a/one.txt', 'b/two.txt']) await writeFile(path.join(folder, name), name);
    const passedOver: string[] = [];
    const found: string[] = [];
    // The folder after the first file is gone when its turn comes.
    for await (const { fileName } of scan([folder], { onPassedOver: (place, reason) => { passedOver.push(`${path.basename(place)}: ${reason}`); } })) {
      found.push(fileName);
      await rm(path.join(folder, 'b'), { recursive: true, force: true });
    }
    expect(found).to.deep.equal(['one.txt']);
    expect(passedOver).to.deep.equal(['b: ENOENT']);
  }));

  it('does not take an empty path for the current folder', async () => {
    const error = await collect(['']).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_CONFIG_INVALID');
  });

  it('says which path is not there', async () => {
    const error = await collect(['/no/such/folder']).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_SOURCE_NOT_FOUND');
    expect((error as Error).message).to.include('/no/such/folder');
  });
});
