/** Sources that ffmpeg reads by an address: objects of S3, over a network that counts and fails. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { openS3Client, s3Sources, s3Uri } from '../../../../connectors/minio/index.ts';
import { admitContent } from '../../../../processors/admission/index.ts';
import { FILE_SOURCES } from '../../../../processors/decode/index.ts';
import type { Decode } from '../../../../processors/decode/index.ts';
import type { WorkSegment } from '../../../../schemas/index.ts';
import { withS3 } from '../../../support/servers.ts';
import { openTestBucket } from '../support/bucket.ts';
import type { TestBucket } from '../support/bucket.ts';
import { FaultyNetwork } from '../support/faulty-network.ts';
import { claimOfUri, redThenBlue, rejection, Workshop } from '../../../processors/decode/support/media.ts';

/** Noise does not compress: 30 s and about 9 MB in key frames and others, then repeated. */
const NOISE = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25:d=30,noise=alls=60:allf=t', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=30', '-c:v', 'mpeg4', '-b:v', '2500k', '-g', '25', '-c:a', 'aac'];

describe('a film on S3', () => {
  let shop: Workshop;
  let here: TestBucket;
  let network: FaultyNetwork;
  const closers: (() => void)[] = [];
  before(async () => {
    shop = await Workshop.open();
    here = await openTestBucket();
    const short = await shop.ffmpeg('short.mp4', ...NOISE);
    await shop.ffmpeg('long.mp4', '-stream_loop', '9', '-i', short, '-c', 'copy');
    await here.client.put(here.bucket, 'long.mp4', createReadStream(shop.path('long.mp4')));
  });
  after(async () => {
    await here.close();
    await shop.close();
  });
  beforeEach(async () => {
    network = await FaultyNetwork.before(here.options.endpoint);
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await network.close();
  });

  const upload = async (path: string, key: string): Promise<string> => {
    await here.client.put(here.bucket, key, createReadStream(path));
    return s3Uri(here.bucket, key);
  };

  /** As a process that has just started: its own connections, nothing remembered. */
  const fresh = async (): Promise<{ readonly decode: Decode; plan: (uri: string, fileName: string, segmentMs?: number) => Promise<readonly WorkSegment[]> }> => {
    const client = openS3Client({ ...here.options, endpoint: network.endpoint, requestTimeoutMs: 1_500 });
    closers.push(() => { client.close(); });
    const sources = { ...FILE_SOURCES, ...s3Sources(client) };
    return {
      decode: await shop.decoder({ sources }),
      plan: async (uri, fileName, segmentMs = 60_000) => (await admitContent(await claimOfUri(uri, fileName, sources), { sources, segmentMs })).segments,
    };
  };

  it('decodes to the same as the file does, whatever its format', async () => {
    const { decode, plan } = await fresh();
    const film = await shop.ffmpeg('film.mp4', ...redThenBlue(6), '-c:v', 'libx264');
    const files = [film, await shop.ffmpeg('film.mkv', '-i', film, '-c', 'copy'), await shop.ffmpeg('film.ts', '-i', film, '-c', 'copy'), await shop.ffmpeg('film.webm', '-i', film, '-c:v', 'libvpx', '-b:v', '200k'),
      await shop.ffmpeg('tone.flac', '-f', 'lavfi', '-i', 'sine=duration=4'), await shop.ffmpeg('tone.mp3', '-f', 'lavfi', '-i', 'sine=duration=4'),
      await shop.ffmpeg('still.tga', '-i', film, '-frames:v', '1'), await shop.ffmpeg('still.bmp', '-i', film, '-frames:v', '1'), await shop.ffmpeg('still.jpg', '-i', film, '-frames:v', '1'),
      await shop.write('story.txt', 'Once upon a time.')];
    for (const path of files) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const results = [];
      for (const uri of [pathToFileURL(path).href, await upload(path, name)]) {
        for (const segment of await plan(uri, name)) {
          const { frames, audioChunks, textUnits, insights } = await decode(segment);
          results.push({ frames, audioChunks, textUnits, insights: insights.map(({ insightId, status, reason, spawned }) => ({ insightId, status, reason, spawned })) });
        }
      }
      expect(results, name).to.have.length(2);
      expect(results[1], name).to.deep.equal(results[0]);
      expect(results[0]!.insights[0]!.status, name).to.equal('OK');
    }
  });

  it('of which a segment is wanted is not read whole, and not hashed again', async () => {
    const { size } = await stat(shop.path('long.mp4'));
    const segments = await (await fresh()).plan(s3Uri(here.bucket, 'long.mp4'), 'long.mp4', 10_000);
    expect(segments).to.have.length(30);
    expect(network.bytesDown).to.be.within(size, size * 1.3);
    const { decode } = await fresh();
    const before = network.bytesDown;
    const { frames, audioChunks, insights } = await decode(segments[15]!);
    expect([frames.length > 0, audioChunks.length, insights[0]!.status, insights[0]!.reason]).to.deep.equal([true, 1, 'OK', null]);
    // A thirtieth of the film, with its lead and tail, the index, and what is fetched ahead.
    expect(network.bytesDown - before).to.be.below(size / 4);
  });

  it('that was put there again is hashed, and refused if it is another', async () => {
    const film = await shop.ffmpeg('again.mp4', ...redThenBlue(4), '-c:v', 'libx264');
    const uri = await upload(film, 'again.mp4');
    const { decode, plan } = await fresh();
    const [segment] = await plan(uri, 'again.mp4');
    const older = { ...segment!, sourceIdentity: null };
    const other = { ...segment!, sourceIdentity: 'of another place' };
    for (const each of [segment!, older, other]) expect((await decode(each)).insights[0]!.status).to.equal('OK');
    await upload(await shop.ffmpeg('other.mp4', ...redThenBlue(2), '-c:v', 'libx264'), 'again.mp4');
    for (const each of [segment!, older, other]) expect((await rejection(decode(each))).code).to.equal('MILL_SOURCE_CHANGED');
  });

  it('whose server falls silent or goes away under ffmpeg is an outage, and decodes when it is back', async () => {
    const uri = s3Uri(here.bucket, 'long.mp4');
    const segment = (await (await fresh()).plan(uri, 'long.mp4', 60_000))[2]!;
    const whole = await (await fresh()).decode(segment);
    for (const fail of [() => { network.fallSilent(); }, () => { void network.goAway(); }]) {
      const { decode } = await fresh();
      const from = network.bytesDown;
      network.onDown = () => {
        if (network.bytesDown - from < 4 << 20) return;
        network.onDown = () => undefined;
        fail();
      };
      const error = await rejection(decode(segment));
      expect([error.code, error.transient]).to.deep.equal(['MILL_SOURCE_UNAVAILABLE', true]);
      network.speak();
    }
    await network.comeBack();
    const again = await (await fresh()).decode(segment);
    expect(again.frames).to.deep.equal(whole.frames);
    expect(again.audioChunks).to.deep.equal(whole.audioChunks);
  });

  it('whose server is killed while it is open decodes when the server is started again', () => withS3({}, async (server) => {
    const { endpoint, accessKey, secretKey } = server;
    const client = openS3Client({ endpoint, accessKey, secretKey, requestTimeoutMs: 2_000 });
    closers.push(() => { client.close(); });
    await client.makeBucket('films');
    await client.put('films', 'long.mp4', createReadStream(shop.path('long.mp4')));
    const sources = s3Sources(client);
    const claim = await claimOfUri('s3://films/long.mp4', 'long.mp4', sources);
    const segment = (await admitContent(claim, { sources })).segments[1]!;
    let killed: Promise<void> | undefined;
    const decode = await shop.decoder({
      sources: {
        's3:': async (uri) => {
          const source = await sources['s3:']!(uri);
          killed ??= server.kill();
          await killed;
          return source;
        },
      },
    });
    expect((await rejection(decode(segment))).code).to.equal('MILL_SOURCE_UNAVAILABLE');
    expect((await rejection(decode(segment))).code).to.equal('MILL_SOURCE_UNAVAILABLE');
    await server.start();
    expect((await decode(segment)).insights[0]).to.include({ status: 'OK', reason: null });
  }));

  it('is not confused with damage: a film that is cut off is partial, and says so', async () => {
    const { decode, plan } = await fresh();
    const mkv = await shop.ffmpeg('whole.mkv', '-i', shop.path('short.mp4'), '-c', 'copy');
    const { size } = await stat(mkv);
    const uri = s3Uri(here.bucket, 'cut.mkv');
    await here.client.put(here.bucket, 'cut.mkv', createReadStream(mkv, { end: Math.floor(size / 2) }));
    const [segment] = await plan(uri, 'cut.mkv');
    const { insights } = await decode(segment!);
    expect(insights[0]!.status).to.equal('OK');
    expect(insights[0]!.reason).to.match(/damaged/);
    expect(insights[0]!.reason).to.not.match(/127\.0\.0\.1/);
  });
});
