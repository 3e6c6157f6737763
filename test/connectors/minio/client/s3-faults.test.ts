import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openS3Client } from '../../../../connectors/minio/index.ts';
import type { S3Client } from '../../../../connectors/minio/index.ts';
import { createAuthority } from '../../../../ops/stack/certificates.ts';
import { codeOf } from '../../blob-store-contract.ts';
import { openTestBucket } from '../support/bucket.ts';
import type { TestBucket } from '../support/bucket.ts';
import { FaultyNetwork } from '../support/faulty-network.ts';

describe('the S3 client on a bad network', () => {
  let here: TestBucket;
  let network: FaultyNetwork;
  let client: S3Client;
  let bucket: string;
  const bytes = randomBytes(20 << 20);
  before(async () => {
    here = await openTestBucket();
    ({ bucket } = here);
    await here.client.put(bucket, 'large', bytes);
  });
  after(() => here.close());
  beforeEach(async () => {
    network = await FaultyNetwork.before(here.options.endpoint);
    client = openS3Client({ ...here.options, endpoint: network.endpoint, requestTimeoutMs: 1_000 });
  });
  afterEach(async () => {
    client.close();
    await network.close();
  });

  it('ends a connection that fell silent, and goes on with a new one', async () => {
    expect((await client.stat(bucket, 'large')).sizeBytes).to.equal(bytes.length);
    network.fallSilent();
    const error = await client.stat(bucket, 'large').catch((failure: unknown) => failure as Error);
    expect(error).to.deep.include({ code: 'MILL_BLOBS_UNAVAILABLE' });
    expect((error as Error).message).to.include('silent for 1000 ms');
    network.speak();
    expect((await client.stat(bucket, 'large')).sizeBytes).to.equal(bytes.length);
  });

  it('ends an answer that falls silent in the middle, and reads it again', async () => {
    network.onDown = () => {
      if (network.bytesDown < 5 << 20) return;
      network.fallSilent();
      network.onDown = () => undefined;
      setTimeout(() => { network.speak(); }, 100);
    };
    expect((await client.read(bucket, 'large')).equals(bytes)).to.equal(true);
    expect(network.connections).to.be.above(1);
  });

  it('reads an answer again that was cut off', async () => {
    let cuts = 0;
    network.onDown = () => {
      if (cuts === 2 || network.bytesDown < (cuts + 1) * (5 << 20)) return;
      cuts += 1;
      network.cut();
    };
    expect((await client.read(bucket, 'large')).equals(bytes)).to.equal(true);
    expect(cuts).to.equal(2);
  });

  it('tells a stream that was cut off from one that ended', async () => {
    network.onDown = () => {
      if (network.bytesDown > 5 << 20) network.cut();
    };
    expect(await codeOf(async () => buffer(await client.stream(bucket, 'large')))).to.equal('MILL_BLOBS_UNAVAILABLE');
  });

  it('waits for a server that comes back soon, and gives up on one that does not', async () => {
    await client.stat(bucket, 'large');
    await network.goAway();
    const asked = client.stat(bucket, 'large');
    await network.comeBack();
    expect((await asked).sizeBytes).to.equal(bytes.length);
    await network.goAway();
    expect(await codeOf(() => client.stat(bucket, 'large'))).to.equal('MILL_BLOBS_UNAVAILABLE');
    expect(await codeOf(() => client.forSources().stat(bucket, 'large'))).to.equal('MILL_SOURCE_UNAVAILABLE');
  });

  it('has patience with a slow reader', async () => {
    const stream = await client.stream(bucket, 'large');
    await once(stream, 'readable');
    await sleep(2_500);
    expect((await buffer(stream)).equals(bytes)).to.equal(true);
    expect(network.connections).to.equal(1);
  });

  it('stops when it is told to', async () => {
    network.fallSilent();
    const abort = new AbortController();
    const reading = codeOf(() => client.read(bucket, 'large', { signal: abort.signal }));
    setTimeout(() => { abort.abort(); }, 50);
    expect(await reading).to.equal('MILL_CLOSED');
  });

  it('tries again what a server answers with 429 and 5xx, and not what it refuses', async () => {
    const answers = [503, 429, 500, 200, 403];
    let asked = 0;
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(answers[asked] ?? 500, { etag: '"e"', 'content-length': 0 }).end();
      asked += 1;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const other = openS3Client({ ...here.options, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await other.stat(bucket, 'x')).to.include({ etag: 'e' });
    expect(asked).to.equal(4);
    expect(await codeOf(() => other.stat(bucket, 'x'))).to.equal('MILL_BLOBS_REFUSED');
    expect(asked).to.equal(5);
    expect(await codeOf(() => other.stat(bucket, 'x'))).to.equal('MILL_BLOBS_UNAVAILABLE');
    expect(asked).to.equal(10);
    other.close();
    server.close();
  });

  it('takes a bucket in another region for the fault of the source that names it', async () => {
    const server = createServer((_request, response) => { response.writeHead(400).end('<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>'); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const other = openS3Client({ ...here.options, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await codeOf(() => other.forSources().read(bucket, 'x'))).to.equal('MILL_SOURCE_NOT_FOUND');
    expect(await codeOf(() => other.read(bucket, 'x'))).to.equal('MILL_BLOBS_REFUSED');
    other.close();
    server.close();
  });

  it('takes nothing from a server that does not send the range that was asked for', async () => {
    const server = createServer((_request, response) => { response.writeHead(200, { etag: '"e"', 'content-length': 1000 }).end(Buffer.alloc(1000)); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const other = openS3Client({ ...here.options, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await codeOf(() => other.read(bucket, 'x', { range: { offset: 0, length: 10 } }))).to.equal('MILL_BLOBS_UNAVAILABLE');
    expect(await codeOf(() => other.stream(bucket, 'x', { range: { offset: 10 } }))).to.equal('MILL_BLOBS_UNAVAILABLE');
    expect(await other.read(bucket, 'x', { range: { offset: 0, length: 1000 } })).to.have.length(1000);
    other.close();
    server.close();
  });

  it('speaks TLS to a server whose authority it was given, and to no other', async () => {
    const authority = createAuthority('test authority');
    const { certificatePem: cert, keyPem: key } = authority.issue('server', { names: ['localhost'], addresses: ['127.0.0.1'] });
    const target = new URL(here.options.endpoint);
    const server = createTlsServer({ key, cert }, (near) => {
      const far = connect(Number(target.port), target.hostname);
      near.pipe(far).pipe(near);
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `https://localhost:${(server.address() as AddressInfo).port}`;
    const trusting = openS3Client({ ...here.options, endpoint, ca: authority.certificatePem });
    await trusting.put(bucket, 'secret', Buffer.from('over TLS'));
    expect(String(await trusting.read(bucket, 'secret'))).to.equal('over TLS');
    const distrusting = openS3Client({ ...here.options, endpoint });
    expect(await codeOf(() => distrusting.read(bucket, 'secret'))).to.equal('MILL_BLOBS_REFUSED');
    trusting.close();
    distrusting.close();
    server.close();
  });
});
