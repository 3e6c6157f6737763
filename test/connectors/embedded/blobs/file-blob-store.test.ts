import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { openFileBlobStore } from '../../../../connectors/embedded/index.ts';
import type { BlobStore } from '../../../../connectors/ports/index.ts';
import { removeFolder, temporaryFolder } from '../../../support/folders.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const SOURCE = sha256(Buffer.from('source'));
const bytes = Buffer.from('some bytes');

async function codeOf(use: () => unknown): Promise<unknown> {
  try {
    await use();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

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

  it('gives back what was stored, whole, as a stream, and as a file', async () => {
    const key = await blobs.put(SOURCE, 'jpg', bytes);
    expect(key).to.equal(`${SOURCE}/${sha256(bytes)}.jpg`);
    expect(await blobs.get(key)).to.deep.equal(bytes);
    expect(await buffer(await blobs.stream(key))).to.deep.equal(bytes);
    expect(await readFile(blobs.localPath(key) as string)).to.deep.equal(bytes);
    const empty = await blobs.put(SOURCE, 'bin', new Uint8Array(0));
    expect(await blobs.get(empty)).to.have.length(0);
  });

  it('has one key for the same bytes of a source, also when they are stored many times at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => blobs.put(SOURCE, 'jpg', bytes)));
    expect(new Set(keys).size).to.equal(1);
    expect(await blobs.list(SOURCE)).to.deep.equal([keys[0]]);
    expect(await readdir(join(root, 'tmp'))).to.deep.equal([]);
  });

  it('replaces a file that is not as long as its bytes: power was lost before they were on the disk', async () => {
    const key = await blobs.put(SOURCE, 'jpg', bytes);
    await writeFile(blobs.localPath(key) as string, '');
    await blobs.put(SOURCE, 'jpg', bytes);
    expect(await blobs.get(key)).to.deep.equal(bytes);
  });

  it('lists and removes a folder, and a missing one is no error', async () => {
    const keys = await Promise.all(['a', 'b', 'c'].map((text) => blobs.put(SOURCE, 'txt', Buffer.from(text))));
    const other = await blobs.put('other', 'txt', bytes);
    expect(await blobs.list(SOURCE)).to.deep.equal([...keys].sort());
    await blobs.deleteFolder(SOURCE);
    await blobs.deleteFolder(SOURCE);
    expect(await blobs.list(SOURCE)).to.deep.equal([]);
    expect(await codeOf(() => blobs.get(keys[0] as string))).to.equal('MILL_BLOB_NOT_FOUND');
    expect(await codeOf(() => blobs.stream(keys[0] as string))).to.equal('MILL_BLOB_NOT_FOUND');
    expect(await blobs.get(other)).to.deep.equal(bytes);
    expect(await readdir(join(root, 'tmp'))).to.deep.equal([]);
  });

  it('stores a blob while its folder is being removed', async () => {
    for (let round = 0; round < 30; round++) {
      const put = (): Promise<string> => blobs.put(SOURCE, 'txt', Buffer.from(String(round)));
      await Promise.all([put(), blobs.deleteFolder(SOURCE), put(), blobs.deleteFolder(SOURCE)]);
      expect(await blobs.get(await put())).to.deep.equal(Buffer.from(String(round)));
    }
  });

  it('never leaves its root, whatever a key, folder or extension says', async () => {
    const file = `${sha256(bytes)}.txt`;
    await writeFile(join(outside, file), 'secret');
    await mkdir(join(root, 'et'), { recursive: true });
    await symlink(outside, join(root, 'et', 'etc-link.d'));
    const before = await readdir(outside);
    const keys = [`../${file}`, `..//${file}`, `${SOURCE}/../../${file}`, `/${outside}/${file}`, `etc-link.d/${file}`, `${SOURCE}/${file}/../${file}`, `./${file}`, `${SOURCE}\0/${file}`,
      `${SOURCE}/${file}\0`, `${SOURCE}/${file}\n`, `${SOURCE}\\..\\${file}`, `%2e%2e/${file}`, file, '', '/', `${SOURCE}/`, `tmp/x`, `${SOURCE}/${sha256(bytes)}`, `${SOURCE}/${sha256(bytes)}.t.xt`];
    for (const key of keys) {
      expect(await codeOf(() => blobs.get(key)), key).to.equal('MILL_BLOB_NOT_FOUND');
      expect(await codeOf(() => blobs.stream(key)), key).to.equal('MILL_BLOB_NOT_FOUND');
      expect(await codeOf(() => blobs.localPath(key)), key).to.equal('MILL_BLOB_NOT_FOUND');
    }
    for (const folder of ['..', '.', '', '/', 'a/b', '../x', 'A', 'a\0', 'a\n', 'x'.repeat(129)]) {
      expect(await codeOf(() => blobs.put(folder, 'txt', bytes)), folder).to.equal('MILL_CONFIG_INVALID');
      expect(await codeOf(() => blobs.list(folder)), folder).to.equal('MILL_CONFIG_INVALID');
      expect(await codeOf(() => blobs.deleteFolder(folder)), folder).to.equal('MILL_CONFIG_INVALID');
    }
    for (const extension of ['', '../x', 'a/b', 'TXT', 'a.b', 'a\0', 'txt\n']) expect(await codeOf(() => blobs.put(SOURCE, extension, bytes)), extension).to.equal('MILL_CONFIG_INVALID');
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
