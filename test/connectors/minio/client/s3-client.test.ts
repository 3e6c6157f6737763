import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { expect } from 'chai';
import { openS3Client } from '../../../../connectors/minio/index.ts';
import type { S3Client } from '../../../../connectors/minio/index.ts';
import { codeOf } from '../../blob-store-contract.ts';
import { openTestBucket } from '../support/bucket.ts';
import type { TestBucket } from '../support/bucket.ts';

const PART = 16 << 20;

describe('the S3 client', () => {
  let here: TestBucket;
  let client: S3Client;
  let bucket: string;
  before(async () => {
    here = await openTestBucket();
    ({ client, bucket } = here);
  });
  after(() => here.close());

  const keysOf = async (prefix: string, startAfter?: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of client.list(bucket, { prefix, ...(startAfter === undefined ? {} : { startAfter }) })) keys.push(key);
    return keys;
  };

  it('keeps names as they are: numbers, blanks, and whatever else is allowed', async () => {
    const names = ['007', '1e5', '0.50', 'true', 'a b+c&d=e;f', `<"it's">!*()~`, 'ümlaut 日本 👋', '100%', '%41', 'tail/'].map((name) => `names/${name}`);
    for (const name of names) await client.put(bucket, name, Buffer.from(name));
    expect(await keysOf('names/')).to.deep.equal([...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    for (const name of names.filter((each) => !each.endsWith('/'))) expect(String(await client.read(bucket, name)), name).to.equal(name);
    expect(await keysOf('names/', 'names/007')).to.not.include('names/007');
    await client.remove(bucket, [...names, 'names/never-there']);
    expect(await keysOf('names/')).to.deep.equal([]);
  });

  it('keeps what is said of an object', async () => {
    const bytes = Buffer.from('hello');
    const { etag, sizeBytes } = await client.put(bucket, 'said', bytes, { contentType: 'text/plain', metadata: { sha256: 'abc', 'library-name': 'home' } });
    expect(sizeBytes).to.equal(5);
    const stat = await client.stat(bucket, 'said');
    expect(stat).to.deep.include({ sizeBytes: 5, etag, metadata: { sha256: 'abc', 'library-name': 'home' } });
    expect(Math.abs(stat.modifiedAtMs - Date.now())).to.be.below(3_600_000);
    expect((await client.fetch(bucket, 'said', { range: { offset: 1, length: 2 } })).stat).to.deep.equal(stat);
  });

  it('uploads a stream of unknown length in parts, and reads ranges across their borders', async () => {
    const bytes = randomBytes(2 * PART + 12_345);
    const pieces = Readable.from((function* () {
      for (let at = 0; at < bytes.length; at += 700_001) yield bytes.subarray(at, at + 700_001);
    })());
    const { sizeBytes, etag } = await client.put(bucket, 'large', pieces, { metadata: { sha256: createHash('sha256').update(bytes).digest('hex') } });
    expect([sizeBytes, etag]).to.deep.equal([bytes.length, (await client.stat(bucket, 'large')).etag]);
    expect(etag).to.match(/-3$/);
    expect((await client.stat(bucket, 'large')).metadata['sha256']).to.have.length(64);
    for (const [offset, length] of [[PART - 3, 6], [PART - 1, PART + 2], [2 * PART - 1, 2], [0, 1], [bytes.length - 5, 5]] as const) {
      expect((await client.read(bucket, 'large', { range: { offset, length } })).equals(bytes.subarray(offset, offset + length)), `${offset}`).to.equal(true);
    }
    expect((await client.read(bucket, 'large', { range: { offset: bytes.length - 5, length: 100 } })).length).to.equal(5);
    expect((await buffer(await client.stream(bucket, 'large'))).equals(bytes)).to.equal(true);
  });

  it('uploads streams of a part and less, also of nothing', async () => {
    for (const size of [0, 1, PART - 1, PART]) {
      const bytes = randomBytes(size);
      expect((await client.put(bucket, 'short', Readable.from([bytes]))).sizeBytes).to.equal(size);
      expect((await client.read(bucket, 'short')).equals(bytes), `${size}`).to.equal(true);
    }
  });

  it('leaves nothing of an upload whose stream fails', async () => {
    const failing = Readable.from((function* () {
      for (let part = 0; part < 3; part++) yield Buffer.alloc(PART, part);
      throw new Error('the camera was switched off');
    })());
    const error = await client.put(bucket, 'broken', failing).catch((failure: unknown) => failure as Error);
    expect(String((error as Error).cause)).to.include('the camera was switched off');
    expect(await codeOf(() => client.stat(bucket, 'broken'))).to.equal('MILL_BLOB_NOT_FOUND');
    const uploads = await text(await client.request({ method: 'GET', bucket, query: 'uploads=' }));
    expect(uploads).to.include('<ListMultipartUploadsResult').and.not.include('<Upload>');
  });

  it('tells what is missing, refused, changed and misspelt by codes, for blobs and for sources', async () => {
    await client.put(bucket, 'there', Buffer.from('hello'));
    const sources = client.forSources();
    const wrong = openS3Client({ ...here.options, secretKey: 'wrong-secret' });
    const cases: [string, (of: S3Client) => Promise<unknown>, string, string][] = [
      ['no object', (of) => of.read(bucket, 'nowhere'), 'MILL_BLOB_NOT_FOUND', 'MILL_SOURCE_NOT_FOUND'],
      ['no bucket', (of) => of.read('test-no-such-bucket', 'there'), 'MILL_BLOBS_REFUSED', 'MILL_SOURCE_NOT_FOUND'],
      ['other ETag', (of) => of.read(bucket, 'there', { ifMatch: '0'.repeat(32) }), 'MILL_BLOBS_REFUSED', 'MILL_SOURCE_CHANGED'],
      ['beyond its end', (of) => of.read(bucket, 'there', { range: { offset: 5, length: 1 } }), 'MILL_BLOBS_REFUSED', 'MILL_SOURCE_CHANGED'],
      ['a key that climbs', (of) => of.read(bucket, '../there'), 'MILL_CONFIG_INVALID', 'MILL_CONFIG_INVALID'],
      ['a bucket with a path', (of) => of.read(`${bucket}/there`, 'x'), 'MILL_CONFIG_INVALID', 'MILL_CONFIG_INVALID'],
    ];
    for (const [what, use, forBlobs, forSources] of cases) {
      expect(await codeOf(() => use(client)), what).to.equal(forBlobs);
      expect(await codeOf(() => use(sources)), what).to.equal(forSources);
    }
    expect(await codeOf(() => wrong.read(bucket, 'there'))).to.equal('MILL_BLOBS_REFUSED');
    expect(await codeOf(() => wrong.forSources().read(bucket, 'there'))).to.equal('MILL_BLOBS_REFUSED');
    wrong.close();
  });

  it('says whether a bucket is there, and makes one twice', async () => {
    const name = `test-${randomBytes(8).toString('hex')}`;
    expect(await client.bucketExists(name)).to.equal(false);
    await client.makeBucket(name);
    await client.makeBucket(name);
    expect(await client.bucketExists(name)).to.equal(true);
    await client.removeBucket(name);
    expect(await client.bucketExists(name)).to.equal(false);
  });
});
