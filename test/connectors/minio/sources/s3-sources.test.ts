import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { expect } from 'chai';
import { openS3Client, s3Sources, s3Uri } from '../../../../connectors/minio/index.ts';
import type { S3Client } from '../../../../connectors/minio/index.ts';
import type { MediaSource, SourceOpeners } from '../../../../connectors/ports/index.ts';
import { hashSource } from '../../../../processors/admission/index.ts';
import { openSource, withSource } from '../../../../processors/decode/index.ts';
import { codeOf, sha256 } from '../../blob-store-contract.ts';
import { openTestBucket } from '../support/bucket.ts';
import type { TestBucket } from '../support/bucket.ts';
import { FaultyNetwork } from '../support/faulty-network.ts';

const BLOCK = 512 << 10;

const addressOf = ({ input }: MediaSource): string => {
  if (input.type !== 'address') throw new Error('it has no address');
  return input.url;
};
const ranged = async (url: string, range: string): Promise<Response> => fetch(url, { headers: { range } });
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe('a source on S3', () => {
  let here: TestBucket;
  let network: FaultyNetwork;
  let client: S3Client;
  let sources: SourceOpeners;
  let uri: string;
  const bytes = randomBytes(40 * BLOCK + 77);
  before(async () => {
    here = await openTestBucket();
  });
  after(() => here.close());
  beforeEach(async () => {
    network = await FaultyNetwork.before(here.options.endpoint);
    client = openS3Client({ ...here.options, endpoint: network.endpoint, requestTimeoutMs: 1_500 });
    sources = s3Sources(client);
    await here.client.put(here.bucket, 'a film/1+1 ü.mp4', bytes);
    uri = s3Uri(here.bucket, 'a film/1+1 ü.mp4');
  });
  afterEach(async () => {
    client.close();
    await network.close();
  });

  it('is hashed by one reading', async () => {
    const { contentHash, sizeBytes, sourceIdentity } = await hashSource(uri, { sources });
    expect([contentHash, sizeBytes]).to.deep.equal([sha256(bytes), bytes.length]);
    expect(network.bytesDown).to.be.within(bytes.length, bytes.length + 2 * BLOCK);
    await withSource(uri, sources, async ({ identity }) => { expect(identity).to.equal(sourceIdentity); });
  });

  it('is read where it is asked for, across the borders of blocks and to its end', async () => {
    await withSource(uri, sources, async (source) => {
      for (const [position, length] of [[0, 10], [BLOCK - 5, 10], [3 * BLOCK, BLOCK], [bytes.length - 10, 100], [bytes.length, 5], [5, 3 * BLOCK]] as const) {
        expect((await source.read(position, length)).equals(bytes.subarray(position, position + length)), `${position}`).to.equal(true);
      }
    });
  });

  it('has an address that gives any range of it, until it is closed', async () => {
    const source = await openSource(uri, sources);
    const url = addressOf(source);
    const middle = await ranged(url, `bytes=${7 * BLOCK - 3}-${7 * BLOCK + 2}`);
    expect([middle.status, middle.headers.get('content-range')]).to.deep.equal([206, `bytes ${7 * BLOCK - 3}-${7 * BLOCK + 2}/${bytes.length}`]);
    expect((await bytesOf(middle)).equals(bytes.subarray(7 * BLOCK - 3, 7 * BLOCK + 3))).to.equal(true);
    expect((await bytesOf(await ranged(url, `bytes=${15 * BLOCK}-`))).equals(bytes.subarray(15 * BLOCK))).to.equal(true);
    expect((await bytesOf(await fetch(url))).equals(bytes)).to.equal(true);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).to.deep.equal([200, String(bytes.length), 'bytes']);
    expect((await ranged(url, `bytes=${bytes.length}-`)).status).to.equal(416);
    expect((await ranged(url, 'bytes=9-3')).status).to.equal(416);
    for (const other of ['/', '0'.repeat(64), `${here.bucket}/a%20film`, '../etc/passwd']) expect((await fetch(new URL(other, url))).status, other).to.equal(404);
    const another = await openSource(uri, sources);
    expect(addressOf(another)).to.not.equal(url);
    await source.close();
    expect((await fetch(url)).status).to.equal(404);
    await another.close();
    // With the last source the server ends.
    expect(await fetch(url).then(() => 'answered', () => 'refused')).to.equal('refused');
  });

  it('is fetched in blocks, once, and a little ahead where it is read on', async () => {
    const source = await openSource(uri, sources);
    const url = addressOf(source);
    await bytesOf(await ranged(url, `bytes=${10 * BLOCK + 5}-${10 * BLOCK + 50}`));
    const one = network.bytesDown;
    expect(one).to.be.within(2 * BLOCK, 2 * BLOCK + 10_000);
    await Promise.all(Array.from({ length: 8 }, async () => bytesOf(await ranged(url, `bytes=${10 * BLOCK}-${11 * BLOCK - 1}`))));
    await withSource(uri, sources, (again) => again.read(10 * BLOCK, 100));
    // Opening it again takes the first block again.
    expect(network.bytesDown - one).to.be.below(BLOCK + 10_000);
    const before = network.bytesDown;
    await bytesOf(await ranged(url, `bytes=${12 * BLOCK}-${20 * BLOCK - 1}`));
    // Blocks 20 to 25 have been asked for.
    await source.read(25 * BLOCK, 1);
    expect(network.bytesDown - before).to.be.within(8 * BLOCK, 14 * BLOCK + 60_000);
    await source.close();
  });

  it('that is replaced while it is read has changed, wherever it is read', async () => {
    const source = await openSource(uri, sources);
    const url = addressOf(source);
    await source.assertUnchanged();
    await here.client.put(here.bucket, 'a film/1+1 ü.mp4', randomBytes(bytes.length));
    expect(await codeOf(() => source.read(5 * BLOCK, 10))).to.equal('MILL_SOURCE_CHANGED');
    expect(await codeOf(() => source.read(5 * BLOCK, 5 * BLOCK))).to.equal('MILL_SOURCE_CHANGED');
    expect(await codeOf(() => source.assertUnchanged())).to.equal('MILL_SOURCE_CHANGED');
    expect(await codeOf(async () => { for await (const _ of source.chunks()); })).to.equal('MILL_SOURCE_CHANGED');
    await fetch(url).then(bytesOf).catch(() => undefined);
    expect(source.input.type === 'address' && (source.input.failed.reason as { code: string }).code).to.equal('MILL_SOURCE_CHANGED');
    await source.close();
  });

  it('goes on where a long reading broke off', async () => {
    let cuts = 0;
    network.onDown = () => {
      if (cuts === 3 || network.bytesDown < (cuts + 1) * 10 * BLOCK) return;
      cuts += 1;
      network.cut();
    };
    expect((await hashSource(uri, { sources })).contentHash).to.equal(sha256(bytes));
    expect(cuts).to.equal(3);
    // What the network itself held is sent again, and not what had arrived.
    expect(network.bytesDown).to.be.below(2 * bytes.length);
  });

  it('whose server is away is an outage, and not its fault', async () => {
    const source = await openSource(uri, sources);
    network.fallSilent();
    expect(await codeOf(() => source.read(5 * BLOCK, 10))).to.equal('MILL_SOURCE_UNAVAILABLE');
    network.speak();
    expect((await source.read(5 * BLOCK, 10)).equals(bytes.subarray(5 * BLOCK, 5 * BLOCK + 10))).to.equal(true);
    await network.goAway();
    expect(await codeOf(() => openSource(uri, sources))).to.equal('MILL_SOURCE_UNAVAILABLE');
    expect(await codeOf(() => hashSource(uri, { sources }))).to.equal('MILL_SOURCE_UNAVAILABLE');
    await source.close();
  });

  it('that is missing, empty, or named wrongly has a code of its own', async () => {
    await here.client.put(here.bucket, 'empty', Buffer.alloc(0));
    const codes: [string, string][] = [
      [s3Uri(here.bucket, 'empty'), 'MILL_MEDIA_EMPTY'], [s3Uri(here.bucket, 'missing'), 'MILL_SOURCE_NOT_FOUND'], ['s3://test-no-such-bucket/a', 'MILL_SOURCE_NOT_FOUND'],
      // There are MinIO's own interfaces.
      ['s3://minio/admin/v3/info', 'MILL_SOURCE_NOT_FOUND'],
      ...['s3:', 's3://', `s3://${here.bucket}`, `s3://${here.bucket}/`, `s3://key:secret@${here.bucket}/a`, 's3://UPPER/a', `s3://${here.bucket}:80/a`, `s3://${here.bucket}/%ff`, `s3://${here.bucket}/a/%2e%2e/b%2f../c`]
        .map((text): [string, string] => [text, 'MILL_SOURCE_NOT_FOUND']),
    ];
    for (const [text, code] of codes) expect(await codeOf(() => hashSource(text, { sources })), text).to.equal(code);
    const wrong = openS3Client({ ...here.options, secretKey: 'wrong-secret' });
    expect(await codeOf(() => openSource(uri, s3Sources(wrong)))).to.equal('MILL_BLOBS_REFUSED');
    wrong.close();
  });

  it('may be larger than what is kept of it', async () => {
    const path = process.execPath;
    await here.client.put(here.bucket, 'huge', createReadStream(path));
    const { size } = await stat(path);
    const expected = await readFile(path);
    const small = s3Sources(client, { cacheBytes: 6 * BLOCK });
    await withSource(s3Uri(here.bucket, 'huge'), small, async (source) => {
      expect((await bytesOf(await fetch(addressOf(source)))).equals(expected)).to.equal(true);
      expect((await source.read(size - 10, 10)).equals(expected.subarray(-10))).to.equal(true);
    });
  });
});
