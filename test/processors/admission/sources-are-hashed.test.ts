import { createHash } from 'node:crypto';
import { appendFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { admitContent, hashSource } from '../../../processors/admission/index.ts';
import { FILE_SOURCES, fileSourcesIn, openSource } from '../../../processors/decode/index.ts';
import type { SourceOpeners } from '../../../connectors/ports/index.ts';
import { claimOf, rejection, Workshop } from '../decode/support/media.ts';

describe('a source', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(() => shop.close());

  const uriOf = (path: string): string => pathToFileURL(path).href;

  it('has the SHA-256 of its bytes as its identity', async () => {
    const bytes = Buffer.alloc(3_000_001, 'millrace');
    const path = await shop.write('big.bin', bytes);
    const { contentHash, sizeBytes } = await hashSource(uriOf(path));
    expect(contentHash).to.equal(createHash('sha256').update(bytes).digest('hex'));
    expect(sizeBytes).to.equal(bytes.length);
  });

  it('that is missing, of another scheme, empty or too large has a code of its own', async () => {
    const codeOf = async (uri: string, maxBytes?: number): Promise<string> => (await rejection(hashSource(uri, maxBytes === undefined ? {} : { maxBytes }))).code;
    expect(await codeOf('file:///no/such/file')).to.equal('MILL_SOURCE_NOT_FOUND');
    expect(await codeOf('file:///nul%00byte')).to.equal('MILL_SOURCE_NOT_FOUND');
    expect(await codeOf('file://elsewhere/share/a.mp4')).to.equal('MILL_SOURCE_NOT_FOUND');
    for (const uri of ['http://127.0.0.1:9/a.mp4', 's3://bucket/key', 'concat:a|b', 'data:text/plain,hello', 'not a uri']) expect(await codeOf(uri), uri).to.equal('MILL_SOURCE_SCHEME');
    expect(await codeOf(uriOf(await shop.write('none', '')))).to.equal('MILL_MEDIA_EMPTY');
    expect(await codeOf(uriOf(await shop.write('ten', '0123456789')), 9)).to.equal('MILL_MEDIA_LIMIT');
  });

  it('that lies below none of the folders for sources is not opened, however the way there is written', async () => {
    for (const folder of ['media', 'media-2', 'secrets']) await mkdir(shop.path(folder));
    const inside = await shop.write('media/a.txt', 'a day out');
    const outside = await shop.write('secrets/key', 'sesame');
    const [media, secrets] = [dirname(inside), dirname(outside)];
    await symlink(secrets, join(media, 'link'));
    await symlink(media, join(dirname(media), 'door'));
    await writeFile(join(`${media}-2`, 'b.txt'), 'another');
    const sources = fileSourcesIn(['/no/such/folder', join(dirname(media), 'door')]);
    expect((await hashSource(uriOf(inside), { sources })).sizeBytes).to.equal(9);
    const forbidden = [uriOf(outside), uriOf(join(media, 'link', 'key')), `${uriOf(media)}/%2e%2e/secrets/key`, uriOf(join(`${media}-2`, 'b.txt')), 'file:///etc/passwd'];
    for (const uri of forbidden) expect((await rejection(hashSource(uri, { sources }))).code, uri).to.equal('MILL_MEDIA_FORBIDDEN');
    expect((await rejection(hashSource(uriOf(join(media, 'missing', 'a')), { sources }))).code).to.equal('MILL_SOURCE_NOT_FOUND');
  });

  /** The real opener, with something done to the file between two reads. */
  const disturbed = (disturb: () => Promise<void>): SourceOpeners => ({
    'file:': async (uri) => {
      const source = await openSource(uri.href, FILE_SOURCES);
      return Object.assign(Object.create(source) as typeof source, {
        input: source.input, sizeBytes: source.sizeBytes, identity: source.identity,
        async* chunks() {
          for await (const chunk of source.chunks()) {
            yield chunk;
            await disturb();
          }
        },
        assertUnchanged: () => source.assertUnchanged(),
        close: () => source.close(),
      });
    },
  });

  it('that grows, is overwritten or is replaced while it is read has changed', async () => {
    const path = await shop.write('moving.bin', 'a'.repeat(1000));
    const codeWhen = async (disturb: () => Promise<void>): Promise<string> => (await rejection(hashSource(uriOf(path), { sources: disturbed(disturb) }))).code;
    expect(await codeWhen(() => appendFile(path, 'more'))).to.equal('MILL_SOURCE_CHANGED');
    expect(await codeWhen(() => writeFile(path, 'b'.repeat(1000)))).to.equal('MILL_SOURCE_CHANGED');
    expect(await codeWhen(async () => rename(await shop.write('other.bin', 'b'.repeat(1000)), path))).to.equal('MILL_SOURCE_CHANGED');
  });

  it('that changed between hashing and admission is not admitted, and between admission and decoding not decoded', async () => {
    const path = await shop.write('story.txt', 'Once upon a time.');
    const claim = await claimOf(path);
    const { segments } = await admitContent(claim);
    await writeFile(path, 'Once upon a crime.');
    expect((await rejection(admitContent(claim))).code).to.equal('MILL_SOURCE_CHANGED');
    await writeFile(path, 'Twice upon a day.');
    const decode = await shop.decoder();
    expect((await rejection(decode(segments[0]!))).code).to.equal('MILL_SOURCE_CHANGED');
  });
});
