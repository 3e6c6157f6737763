import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { openMinioBlobStore, openS3Client } from '../../../../connectors/minio/index.ts';
import { blobStoreContract, codeOf, sha256, SOURCE } from '../../blob-store-contract.ts';
import { emptyBucket, openTestBucket } from '../support/bucket.ts';
import type { TestBucket } from '../support/bucket.ts';
import { FaultyNetwork } from '../support/faulty-network.ts';

describe('blob store on S3', () => {
  let here: TestBucket;
  before(async () => {
    here = await openTestBucket();
  });
  after(() => here.close());

  blobStoreContract(async () => {
    const { client, bucket } = here;
    return { blobs: await openMinioBlobStore({ client, bucket }), close: () => emptyBucket(client, bucket) };
  });

  it('makes its bucket, keeps to its prefix, and has no files', async () => {
    const { client } = here;
    const bucket = `test-${randomBytes(8).toString('hex')}`;
    const blobs = await openMinioBlobStore({ client, bucket, prefix: 'mill/race' });
    await openMinioBlobStore({ client, bucket });
    const key = await blobs.put(SOURCE, 'jpg', Buffer.from('a picture'));
    expect(await client.stat(bucket, `mill/race/${key}`)).to.include({ sizeBytes: 9 });
    expect(blobs.localPath(key)).to.equal(undefined);
    expect(await blobs.list(SOURCE)).to.deep.equal([key]);
    await blobs.deleteFolder(SOURCE);
    await client.removeBucket(bucket);
  });

  it('removes a folder of more than a page', async () => {
    const { client, bucket } = here;
    const blobs = await openMinioBlobStore({ client, bucket });
    const put = async (from: number): Promise<void> => {
      for (let index = from; index < 1100; index += 16) await blobs.put(SOURCE, 'txt', Buffer.from(String(index)));
    };
    await Promise.all(Array.from({ length: 16 }, (_, from) => put(from)));
    expect(await blobs.list(SOURCE)).to.have.length(1100);
    await blobs.deleteFolder(SOURCE);
    expect(await blobs.list(SOURCE)).to.deep.equal([]);
  });

  it('does not send a large blob that is there', async () => {
    const network = await FaultyNetwork.before(here.options.endpoint);
    const client = openS3Client({ ...here.options, endpoint: network.endpoint });
    const blobs = await openMinioBlobStore({ client, bucket: here.bucket });
    const bytes = randomBytes(5 << 20);
    const key = await blobs.put(SOURCE, 'pcm', bytes);
    const up = network.bytesUp;
    expect(up).to.be.above(bytes.length);
    expect(await blobs.put(SOURCE, 'pcm', bytes)).to.equal(key);
    expect(network.bytesUp - up).to.be.below(5_000);
    client.close();
    await network.close();
  });

  it('gives links that need no keys, for as long as they are good', async () => {
    const { client, bucket, options } = here;
    const blobs = await openMinioBlobStore({ client, bucket, linkTtlMs: 2_000 });
    const key = await blobs.put(SOURCE, 'jpg', Buffer.from('a picture'));
    const link = await blobs.link(key);
    const fetched = await fetch(link!);
    expect([fetched.status, fetched.headers.get('content-type'), await fetched.text()]).to.deep.equal([200, 'image/jpeg', 'a picture']);
    expect((await fetch(link!.replace(sha256(Buffer.from('a picture')), sha256(Buffer.from('another'))))).status).to.equal(403);
    expect((await fetch(`${options.endpoint}/${bucket}/${key}`)).status).to.equal(403);
    let status = 200;
    while (status === 200) {
      await sleep(200);
      status = (await fetch(link!)).status;
    }
    expect(status).to.equal(403);
  });

  it('gives links under the address that browsers know, though it does not know that one itself', async () => {
    const { bucket, options } = here;
    const network = await FaultyNetwork.before(options.endpoint);
    const client = openS3Client({ ...options, publicEndpoint: network.endpoint });
    const blobs = await openMinioBlobStore({ client, bucket });
    const link = await blobs.link(await blobs.put(SOURCE, 'jpg', Buffer.from('a picture')));
    expect([link?.startsWith(`${network.endpoint}/${bucket}/`), network.connections]).to.deep.equal([true, 0]);
    expect(await (await fetch(link!)).text()).to.equal('a picture');
    client.close();
    await network.close();
  });

  it('tells an outage from a refusal, and says which options are wrong', async () => {
    const { bucket, options } = here;
    const open = (change: object, name = bucket): Promise<unknown> => openMinioBlobStore({ client: openS3Client({ ...options, ...change }), bucket: name });
    expect(await codeOf(() => open({ endpoint: 'http://127.0.0.1:1' }))).to.equal('MILL_BLOBS_UNAVAILABLE');
    expect(await codeOf(() => open({ secretKey: 'wrong-secret' }))).to.equal('MILL_BLOBS_REFUSED');
    for (const name of ['', 'Capital', 'a', 'a..b', 'a/b', '127.0.0.1/x']) expect(await codeOf(() => open({}, name)), name).to.equal('MILL_CONFIG_INVALID');
    for (const endpoint of ['', 'localhost:9000', 'ftp://a', 'http://a/path', 'http://user:pass@a']) expect(await codeOf(() => open({ endpoint })), endpoint).to.equal('MILL_CONFIG_INVALID');
    for (const prefix of ['', '/a', 'a/', '../a', 'a/../b', 'a b']) expect(await codeOf(() => openMinioBlobStore({ client: here.client, bucket, prefix })), prefix).to.equal('MILL_CONFIG_INVALID');
  });
});
