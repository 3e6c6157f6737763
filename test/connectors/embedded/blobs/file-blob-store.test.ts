import { mkdir, readFile, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openFileBlobStore } from '../../../../connectors/embedded/index.ts';
import type { BlobStore } from '../../../../connectors/ports/index.ts';
import { removeFolder, temporaryFolder } from '../../../support/folders.ts';
import { blobStoreContract, codeOf, sha256, SOURCE } from '../../blob-store-contract.ts';

const bytes = Buffer.from('some bytes');

describe('blob store on files', () => {
  let outside: string;
  let root: string;
  let blobs: BlobStore;
  beforeEach(async () => {
    outside = await temporaryFolder();
    root = join(outside, 'blobs');
    blobs = await openFileBlobStore({ directory: root });
  });
  afterEach(() => removeFolder(outside));

  blobStoreContract(async () => {
    const directory = await temporaryFolder();
    return { blobs: await openFileBlobStore({ directory }), close: () => removeFolder(directory) };
  });

  it('has a file of each blob, and leaves nothing else behind', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => blobs.put(SOURCE, 'jpg', bytes)));
    expect(await readFile(blobs.localPath(keys[0]!)!)).to.deep.equal(bytes);
    expect(await blobs.link(keys[0]!)).to.equal(undefined);
    await blobs.deleteFolder(SOURCE);
    expect(await readdir(join(root, 'tmp'))).to.deep.equal([]);
  });

  it('replaces a file that is not as long as its bytes: power was lost before they were on the disk', async () => {
    const key = await blobs.put(SOURCE, 'jpg', bytes);
    await writeFile(blobs.localPath(key) as string, '');
    await blobs.put(SOURCE, 'jpg', bytes);
    expect(await blobs.get(key)).to.deep.equal(bytes);
  });

  it('never leaves its root, whatever a key or folder says', async () => {
    const file = `${sha256(bytes)}.txt`;
    await writeFile(join(outside, file), 'secret');
    await mkdir(join(root, 'et'), { recursive: true });
    await symlink(outside, join(root, 'et', 'etc-link.d'));
    const before = await readdir(outside);
    for (const key of [`../${file}`, `${SOURCE}/../../${file}`, `/${outside}/${file}`, `etc-link.d/${file}`]) expect(await codeOf(() => blobs.get(key)), key).to.equal('MILL_BLOB_NOT_FOUND');
    for (const folder of ['..', '../x', 'a/b']) expect(await codeOf(() => blobs.put(folder, 'txt', bytes)), folder).to.equal('MILL_CONFIG_INVALID');
    expect(await readdir(outside)).to.deep.equal(before);
  });

  it('removes at open what processes that are gone left half done, and keeps what others write', async () => {
    const dead = join(root, 'tmp', '4194305-dead');
    const removed = join(root, 'tmp', '4194305-removed');
    const mine = join(root, 'tmp', `${process.pid}-new`);
    const old = join(root, 'tmp', `${process.pid}-old`);
    for (const path of [dead, mine, old]) await writeFile(path, 'half');
    await mkdir(join(removed, 'inner'), { recursive: true });
    await utimes(old, 1, 1);
    await openFileBlobStore({ directory: root });
    expect(await readdir(join(root, 'tmp'))).to.deep.equal([`${process.pid}-new`]);
  });

  it('syncs blobs when asked to', async () => {
    const synced = await openFileBlobStore({ directory: root, sync: true });
    const key = await synced.put(SOURCE, 'jpg', bytes);
    expect((await stat(synced.localPath(key) as string)).size).to.equal(bytes.length);
  });

  it('says that the volume fails, and that options are wrong', async () => {
    await writeFile(join(outside, 'file'), '');
    expect(await codeOf(() => openFileBlobStore({ directory: join(outside, 'file') }))).to.equal('MILL_STATE_IO');
    expect(await codeOf(() => openFileBlobStore({ directory: '' }))).to.equal('MILL_CONFIG_INVALID');
  });
});
