import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { openKafkaLog } from '../../../connectors/kafka/index.ts';
import { s3Uri, whyNotListen } from '../../../connectors/minio/index.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { openMediaProducer, type MediaProducer } from '../../../connectors/producer/index.ts';
import { openConfluentRegistry } from '../../../connectors/registry/index.ts';
import { Checkpoint, Intake, runInbox } from '../../../ops/inbox/index.ts';
import { openSerdes, type AssetSubmitted } from '../../../schemas/index.ts';
import { openTestBucket, type TestBucket } from '../../connectors/minio/support/bucket.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';
import { readAll } from '../../topology/support/log.ts';
import { until } from '../../topology/support/until.ts';

interface Setting extends TestBucket {
  /** Watches the bucket until `use` ends. */
  readonly watching: (use: () => Promise<void>, producer?: (producer: MediaProducer) => MediaProducer) => Promise<void>;
  readonly published: () => Promise<readonly AssetSubmitted[]>;
}

async function withInbox(use: (setting: Setting) => Promise<void>): Promise<void> {
  const { bootstrap, registryUrl } = await sharedKafka();
  const [kafka, registry, topic] = [{ brokers: [bootstrap] }, { url: registryUrl }, `assets-${randomUUID()}`];
  const place = await openTestBucket();
  await withTemporaryFolder(async (folder) => {
    const log = await openKafkaLog({ ...kafka, stateDirectory: path.join(folder, 'state') });
    await log.ensureTopics([{ topic, partitions: 2 }]);
    const { assetSubmitted } = await openSerdes(openConfluentRegistry(registry));
    try {
      await use({
        ...place,
        published: async () => (await readAll(log, topic)).flatMap(({ value }) => (value === null ? [] : [assetSubmitted.deserialize(value)])),
        watching: async (during, wrap = (producer) => producer) => {
          const { client, bucket } = place;
          const checkpoint = await Checkpoint.open(path.join(folder, 'inbox.journal'));
          const producer = await openMediaProducer({ kafka, registry, topic, library: 'news' });
          const intake = new Intake({ client, bucket, checkpoint, producer: wrap(producer), onPublished: () => undefined });
          const stop = new AbortController();
          const running = runInbox({ client, bucket, prefix: '', mode: 'poll', intake, checkpoint, listEveryMs: 20, signal: stop.signal, notice: () => undefined });
          try {
            await during();
          } finally {
            stop.abort();
            await running;
            await producer.close();
            await intake.settled();
            await checkpoint.close();
          }
        },
      });
    } finally {
      await log.close();
      await place.close();
    }
  });
}

describe('an inbox that is polled', function () {
  this.timeout(60_000);

  before('starts the servers', async function () {
    this.timeout(300_000);
    await sharedKafka();
    await (await openTestBucket()).close();
  });

  it('publishes what is put, once, also what came while it was down; again when its bytes have changed', () => withInbox(async ({ client, bucket, watching, published }) => {
    const put = (key: string, bytes: string): Promise<unknown> => client.put(bucket, key, Buffer.from(bytes));
    const count = async (): Promise<number> => (await published()).length;
    await put('day 1/ü & 1.mp4', 'one');
    await put('.hidden/2.mp4', 'two');
    await watching(async () => {
      await until(async () => (await count()) === 1);
      await put('3.mp4', 'three');
      await until(async () => (await count()) === 2);
    });
    await put('4.mp4', 'four');
    await put('3.mp4', 'three, and more');
    await client.remove(bucket, ['day 1/ü & 1.mp4']);
    await watching(() => until(async () => (await count()) === 4));
    const events = await published();
    expect(events.map(({ sourceUri }) => sourceUri).sort()).to.deep.equal(['3.mp4', '3.mp4', '4.mp4', 'day 1/ü & 1.mp4'].map((key) => s3Uri(bucket, key)));
    expect(new Set(events.map(({ eventId }) => eventId)).size).to.equal(4);
    const first = events.find(({ fileName }) => fileName === 'ü & 1.mp4');
    expect(first).to.include({ library: 'news', sizeBytes: 3, modifiedAtMs: null });
    expect(events.filter(({ fileName }) => fileName === '3.mp4').map(({ sizeBytes }) => sizeBytes)).to.have.members([5, 15]);
  }));

  it('repeats under the same id what was published and not noted', () => withInbox(async ({ client, bucket, watching, published }) => {
    await client.put(bucket, 'a.mp4', Buffer.from('a'));
    let killed = false;
    // Kafka has it, and this process does not hear of it: so it is when it is killed in between.
    const deaf = (producer: MediaProducer): MediaProducer => ({
      ...producer,
      async submit(events) {
        await producer.submit(events);
        killed = true;
        throw new MillraceError('MILL_KAFKA_UNAVAILABLE', 'Killed.');
      },
    });
    await watching(() => until(() => killed), deaf);
    const before = await published();
    await watching(() => until(async () => (await published()).length > before.length));
    expect(new Set((await published()).map(({ eventId }) => eventId)).size).to.equal(1);
  }));

  it('is what a store that cannot be listened to gets', () => withInbox(async ({ client, bucket }) => {
    expect(await whyNotListen(client, bucket, new AbortController().signal)).to.match(/NotImplemented|no MinIO/);
  }));
});
