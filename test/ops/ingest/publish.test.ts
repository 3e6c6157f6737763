import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { s3Uri } from '../../../connectors/minio/index.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { completeMediaEvent, type MediaProducer } from '../../../connectors/producer/index.ts';
import { assetIdOf, assetsNamed, collect, objectPlaceOf, publish, uploadSource, type PublishSummary } from '../../../ops/ingest/index.ts';
import type { AssetSubmitted } from '../../../schemas/index.ts';
import { openTestBucket, type TestBucket } from '../../connectors/minio/support/bucket.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

const { signal } = new AbortController();

interface Setting extends TestBucket {
  readonly folder: string;
  readonly published: AssetSubmitted[];
  readonly run: (events: readonly AssetSubmitted[], inPlace?: boolean) => Promise<PublishSummary>;
  readonly passedOver: string[];
}

/** What is published is kept here: that Kafka takes it is another test's. */
const withBucket = (use: (setting: Setting) => Promise<void>): Promise<void> => withTemporaryFolder(async (folder) => {
  const place = await openTestBucket();
  const [published, passedOver]: [AssetSubmitted[], string[]] = [[], []];
  const producer: MediaProducer = {
    submit: async (events) => {
      const complete = events.map((event) => completeMediaEvent(event));
      published.push(...complete);
      return complete;
    },
    remove: async () => undefined,
    close: async () => undefined,
  };
  try {
    await use({
      ...place, folder, published, passedOver,
      run: (events, inPlace = false) => publish(events, { producer, signal, uploadTo: inPlace ? null : place, onPassedOver: (name) => { passedOver.push(name); } }),
    });
  } finally {
    await place.close();
  }
});

async function idsOf(ids: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const id of ids) found.push(id);
  return found;
}

describe('publishing files and objects', function () {
  this.timeout(60_000);

  before('starts the object store', async function () {
    this.timeout(300_000);
    await (await openTestBucket()).close();
  });

  it('brings the bytes of files to the bucket once, and names them there', () => withBucket(async ({ client, bucket, folder, published, run }) => {
    const large = Buffer.alloc(20 << 20, 'millrace ');
    await mkdir(path.join(folder, 'a'));
    await writeFile(path.join(folder, 'a', 'ä & large.mp4'), large);
    await writeFile(path.join(folder, 'small.txt'), 'words');
    const events = await collect([folder], client, { library: 'news' }, signal);
    expect(await run(events)).to.deep.equal({ published: 2, bytes: large.length + 5, uploaded: 2, present: 0 });
    const [first] = published.filter(({ fileName }) => fileName === 'ä & large.mp4');
    const sha256 = createHash('sha256').update(large).digest('hex');
    expect(first).to.include({ assetId: assetIdOf('news', path.join(folder, 'a', 'ä & large.mp4')), sourceUri: s3Uri(bucket, `news/${sha256}/ä & large.mp4`), sizeBytes: large.length });
    expect(createHash('sha256').update(await client.read(bucket, `news/${sha256}/ä & large.mp4`)).digest('hex')).to.equal(sha256);
    expect(await run(await collect([folder], client, { library: 'news' }, signal))).to.deep.equal({ published: 2, bytes: large.length + 5, uploaded: 0, present: 2 });
    expect(published.map(({ sourceUri }) => sourceUri).sort()).to.deep.equal([...new Set(published.map(({ sourceUri }) => sourceUri))].flatMap((uri) => [uri, uri]).sort());
    await writeFile(path.join(folder, 'small.txt'), 'other words');
    expect(await run(await collect([folder], client, { library: 'news' }, signal))).to.include({ uploaded: 1, present: 1 });
  }));

  it('names files where they lie when nothing is uploaded', () => withBucket(async ({ client, folder, published, run }) => {
    await writeFile(path.join(folder, 'small.txt'), 'words');
    const events = await collect([folder, path.join(folder, 'small.txt')], client, {}, signal);
    expect(await run(events, true)).to.deep.equal({ published: 1, bytes: 0, uploaded: 0, present: 0 });
    expect(published).to.deep.equal(events);
  }));

  it('passes over a file that changed while it was brought there, and leaves nothing of it', () => withBucket(async ({ client, bucket, folder }) => {
    const file = path.join(folder, 'growing.txt');
    await writeFile(file, 'begun');
    const [event] = await collect([file], client, {}, signal);
    // It grows between the first reading, of its digest, and the second.
    const growing = { ...client, stat: async (...args: Parameters<typeof client.stat>) => { await appendFile(file, ', and more'); return client.stat(...args); }, put: client.put.bind(client), remove: client.remove.bind(client) };
    const error: unknown = await uploadSource(event!, { client: growing, bucket }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_SOURCE_CHANGED');
    const keys: string[] = [];
    for await (const { key } of client.list(bucket)) keys.push(key);
    expect(keys).to.deep.equal([]);
  }));

  it('goes on past a file that went away, and says so', () => withBucket(async ({ client, folder, run, passedOver }) => {
    await writeFile(path.join(folder, 'stays.txt'), 'words');
    await writeFile(path.join(folder, 'goes.txt'), 'words');
    const events = await collect([folder], client, {}, signal);
    const gone = events.map((event) => (event.fileName === 'goes.txt' ? { ...event, sourceUri: `${event.sourceUri}.gone` } : event));
    expect(await run(gone)).to.include({ published: 1 });
    expect(passedOver).to.deep.equal(['goes.txt']);
  }));

  it('publishes objects as they lie: one, or all below a place', () => withBucket(async ({ client, bucket, run, published }) => {
    for (const key of ['photos/a b.jpg', 'photos/.hidden', 'photos/more/c.jpg', 'photos-2/d.jpg', 'photos/folder/']) await client.put(bucket, key, Buffer.from(key));
    const below = async (place: string): Promise<string[]> => (await collect([place], client, {}, signal)).map(({ fileName }) => fileName);
    expect(await below(`s3://${bucket}/photos`)).to.have.members(['a b.jpg', 'c.jpg']);
    expect(await below(`s3://${bucket}`)).to.have.members(['a b.jpg', 'c.jpg', 'd.jpg']);
    const [one] = await collect([`s3://${bucket}/photos/a b.jpg`], client, {}, signal);
    expect(one).to.include({ sourceUri: `s3://${bucket}/photos/a%20b.jpg`, assetId: assetIdOf('default', `s3://${bucket}/photos/a%20b.jpg`), sizeBytes: 14 });
    await run([one!]);
    expect(published).to.deep.equal([one]);
    const error: unknown = await below(`s3://${bucket}/videos`).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_SOURCE_NOT_FOUND');
  }));

  it('finds by the same names what is to be removed, also what is gone', () => withBucket(async ({ client, bucket, folder }) => {
    await writeFile(path.join(folder, 'here.txt'), 'words');
    await client.put(bucket, 'photos/a.jpg', Buffer.from('a'));
    const here = assetIdOf('news', path.join(folder, 'here.txt'));
    expect(await idsOf(assetsNamed(folder, 'news', client))).to.deep.equal([here]);
    expect(await idsOf(assetsNamed(path.join(folder, 'gone', 'b.txt'), 'news', client))).to.deep.equal([assetIdOf('news', path.join(folder, 'gone', 'b.txt'))]);
    expect(await idsOf(assetsNamed(`s3://${bucket}/photos/`, 'news', client))).to.deep.equal([assetIdOf('news', `s3://${bucket}/photos/a.jpg`)]);
    expect(await idsOf(assetsNamed(`s3://${bucket}/gone.jpg`, 'news', client))).to.deep.equal([assetIdOf('news', `s3://${bucket}/gone.jpg`)]);
    expect(await idsOf(assetsNamed(here, 'news', null))).to.deep.equal([here]);
  }));

  it('refuses what is no place in a bucket', () => {
    for (const given of ['s3:', 's3:///key', 's3://bucket/%E0%A4%A']) expect(() => objectPlaceOf(given), given).to.throw(MillraceError).with.property('code', 'MILL_CONFIG_INVALID');
  });
});

describe('reading a file of the bucket', () => {
  it('is what a place without an object store is refused for', async () => {
    const error: unknown = await collect(['s3://bucket/photos'], null, {}, signal).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError).with.property('message').that.includes('no object store is configured');
  });
});
