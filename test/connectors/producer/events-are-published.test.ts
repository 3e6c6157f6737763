import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { openKafkaLog } from '../../../connectors/kafka/index.ts';
import { MillraceError, partitionForKey, type LogDriver } from '../../../connectors/ports/index.ts';
import { completeMediaEvent, openMediaProducer, type MediaProducer } from '../../../connectors/producer/index.ts';
import { openConfluentRegistry } from '../../../connectors/registry/index.ts';
import { openSerdes, type AssetSubmitted } from '../../../schemas/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';
import { readAll } from '../../topology/support/log.ts';

const PARTITIONS = 4;

interface Setting {
  readonly topic: string;
  readonly log: LogDriver;
  readonly open: (options?: { readonly maxPendingRecords?: number; readonly maxBatchRecords?: number }) => Promise<MediaProducer>;
  readonly published: () => Promise<AssetSubmitted[]>;
}

async function withTopic(use: (setting: Setting) => Promise<void>): Promise<void> {
  const { bootstrap, registryUrl } = await sharedKafka();
  const [kafka, registry] = [{ brokers: [bootstrap] }, { url: registryUrl }];
  await withTemporaryFolder(async (folder) => {
    const log = await openKafkaLog({ ...kafka, stateDirectory: path.join(folder, 'state') });
    const topic = `assets-${randomUUID()}`;
    await log.ensureTopics([{ topic, partitions: PARTITIONS }]);
    const { assetSubmitted } = await openSerdes(openConfluentRegistry(registry));
    try {
      await use({
        topic, log,
        open: (options) => openMediaProducer({ kafka, registry, topic, ...options }),
        published: async () => (await readAll(log, topic)).flatMap(({ value }) => (value === null ? [] : [assetSubmitted.deserialize(value)])),
      });
    } finally {
      await log.close();
    }
  });
}

describe('The media producer', function () {
  this.timeout(60_000);

  before('starts Kafka', async function () {
    this.timeout(180_000);
    await sharedKafka();
  });

  it('writes what admission reads, in the partition of the asset', () => withTopic(async ({ topic, log, open, published }) => {
    const producer = await open();
    const submitted = await producer.submit(Array.from({ length: 40 }, (_, i) => ({ sourceUri: `s3://footage/${i}.mp4`, attributes: { take: String(i) } })), { headers: { traceparent: '00-1' } });
    const [first] = submitted;
    await producer.remove([first!.assetId]);
    await producer.close();
    const records = await readAll(log, topic);
    expect(new Set(records.map(({ partition }) => partition)).size).to.equal(PARTITIONS);
    for (const { key, partition, headers, value } of records) {
      expect(partition).to.equal(partitionForKey(key!, PARTITIONS));
      expect(headers['traceparent']?.toString()).to.equal(value === null ? undefined : '00-1');
    }
    expect(records.filter(({ value }) => value === null).map(({ key }) => key?.toString())).to.deep.equal([first!.assetId]);
    const byId = (a: AssetSubmitted, b: AssetSubmitted): number => (a.assetId < b.assetId ? -1 : 1);
    expect((await published()).sort(byId)).to.deep.equal([...submitted].sort(byId));
  }));

  it('keeps the order of each asset over calls that run at the same time, and lets them wait for room', () => withTopic(async ({ open, published }) => {
    const producer = await open({ maxPendingRecords: 3, maxBatchRecords: 2 });
    await Promise.all(Array.from({ length: 100 }, (_, i) => producer.submit([{ sourceUri: 's3://footage/live.mp4', eventId: `event-${i}` }])));
    await producer.close();
    expect((await published()).map(({ eventId }) => eventId)).to.deep.equal(Array.from({ length: 100 }, (_, i) => `event-${i}`));
  }));

  it('sends nothing of a call of which one event is wrong', () => withTopic(async ({ open, published }) => {
    const producer = await open();
    const error = await producer.submit([{ sourceUri: 's3://footage/a.mp4' }, { sourceUri: 's3://footage/b.mp4', sizeBytes: -1 }]).then(() => undefined, (reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError).with.property('message').that.matches(/^AssetSubmitted\.sizeBytes: /);
    await producer.close();
    expect(await published()).to.deep.equal([]);
  }));

  it('sends on close what was asked for, and takes nothing more', () => withTopic(async ({ open, published }) => {
    const producer = await open({ maxPendingRecords: 2 });
    const asked = Array.from({ length: 10 }, (_, i) => producer.submit([{ sourceUri: `s3://footage/${i}.mp4` }]));
    await producer.close();
    await Promise.all(asked);
    expect(await published()).to.have.length(10);
    const error: unknown = await producer.submit([completeMediaEvent({ sourceUri: 's3://footage/late.mp4' })]).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_CLOSED');
  }));
});
