/** What every blob store has to do: the same tests run against files and against S3. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import type { BlobStore } from '../../connectors/ports/index.ts';

export interface OpenedBlobStore {
  readonly blobs: BlobStore;
  close(): Promise<void>;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function codeOf(use: () => unknown): Promise<unknown> {
  try {
    await use();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** Folder of blobs, of any source. */
export const SOURCE = sha256(Buffer.from('source'));

export function blobStoreContract(open: () => Promise<OpenedBlobStore>): void {
  describe('as every blob store', () => {
    let opened: OpenedBlobStore;
    let blobs: BlobStore;
    const bytes = Buffer.from('some bytes');
    beforeEach(async () => {
      opened = await open();
      ({ blobs } = opened);
    });
    afterEach(() => opened.close());

    it('gives back what was stored, whole and as a stream', async () => {
      const key = await blobs.put(SOURCE, 'jpg', bytes);
      expect(key).to.equal(`${SOURCE}/${sha256(bytes)}.jpg`);
      expect(await blobs.get(key)).to.deep.equal(bytes);
      expect(await buffer(await blobs.stream(key))).to.deep.equal(bytes);
      const empty = await blobs.put(SOURCE, 'bin', new Uint8Array(0));
      expect(await blobs.get(empty)).to.have.length(0);
    });

    it('takes a view into a larger buffer, and bytes of many kinds', async () => {
      const large = Buffer.alloc(3 << 20, 'millrace');
      const view = new Uint8Array(large.buffer, large.byteOffset + 5, 2_000_003);
      const key = await blobs.put(SOURCE, 'pcm', view);
      expect(key).to.equal(`${SOURCE}/${sha256(view)}.pcm`);
      expect((await blobs.get(key)).equals(view)).to.equal(true);
    });

    it('has one key for the same bytes of a source, also when they are stored many times at once', async () => {
      for (const content of [bytes, Buffer.alloc(200_000, 7)]) {
        const keys = await Promise.all(Array.from({ length: 20 }, () => blobs.put(SOURCE, 'jpg', content)));
        keys.push(await blobs.put(SOURCE, 'jpg', content));
        expect(new Set(keys).size).to.equal(1);
        expect(await blobs.list(SOURCE)).to.include(keys[0]);
      }
      expect(await blobs.list(SOURCE)).to.have.length(2);
    });

    it('lists and removes a folder, and a missing one is no error', async () => {
      const keys = await Promise.all(['a', 'b', 'c'].map((text) => blobs.put(SOURCE, 'txt', Buffer.from(text))));
      const other = await blobs.put('other', 'txt', bytes);
      const longer = await blobs.put(`${SOURCE}0`, 'txt', bytes);
      expect(await blobs.list(SOURCE)).to.deep.equal([...keys].sort());
      await blobs.deleteFolder(SOURCE);
      await blobs.deleteFolder(SOURCE);
      expect(await blobs.list(SOURCE)).to.deep.equal([]);
      expect(await codeOf(() => blobs.get(keys[0]!))).to.equal('MILL_BLOB_NOT_FOUND');
      expect(await codeOf(() => blobs.stream(keys[0]!))).to.equal('MILL_BLOB_NOT_FOUND');
      expect(await blobs.get(other)).to.deep.equal(bytes);
      expect(await blobs.get(longer)).to.deep.equal(bytes);
    });

    it('stores a blob while its folder is being removed', async () => {
      for (let round = 0; round < 10; round++) {
        const put = (): Promise<string> => blobs.put(SOURCE, 'txt', Buffer.from(String(round)));
        await Promise.all([put(), blobs.deleteFolder(SOURCE), put(), blobs.deleteFolder(SOURCE)]);
        expect(await blobs.get(await put())).to.deep.equal(Buffer.from(String(round)));
      }
    });

    it('refuses what is no key, folder or extension', async () => {
      const file = `${sha256(bytes)}.txt`;
      const keys = [`../${file}`, `..//${file}`, `${SOURCE}/../../${file}`, `//etc/${file}`, `etc-link.d/${file}`, `${SOURCE}/${file}/../${file}`, `./${file}`, `${SOURCE}\0/${file}`,
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
    });
  });
}
