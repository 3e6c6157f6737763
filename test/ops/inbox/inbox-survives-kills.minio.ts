import { expect } from 'chai';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openKafkaLog } from '../../../connectors/kafka/index.ts';
import { openS3Client, s3Uri, type S3Client } from '../../../connectors/minio/index.ts';
import type { LogDriver } from '../../../connectors/ports/index.ts';
import { openConfluentRegistry } from '../../../connectors/registry/index.ts';
import { openSerdes, type AssetSubmitted } from '../../../schemas/index.ts';
import { TOPICS } from '../../../topology/media/index.ts';
import { startCli, type CliProcess } from '../../support/cli.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { withKafkaStack } from '../../support/kafka-stack.ts';
import { withS3 } from '../../support/servers.ts';
import { readAll } from '../../topology/support/log.ts';

const BUCKET = 'inbox';
const OBJECTS = 150;
const TOKEN = 'sesame';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

interface Setting {
  readonly client: S3Client;
  readonly start: () => CliProcess;
  readonly published: () => Promise<readonly AssetSubmitted[]>;
}

const withInbox = (mode: string, use: (setting: Setting) => Promise<void>): Promise<void> =>
  withTemporaryFolder((folder) => withKafkaStack({ brokers: 1, registry: true }, async (kafka) => {
    const { bootstrap } = kafka;
    const registryUrl = kafka.registryUrl ?? '';
    const port = await freePort();
    const target = { ENABLE: 'on', ENDPOINT: `http://127.0.0.1:${port}/`, AUTH_TOKEN: TOKEN, QUEUE_DIR: path.join(folder, 'queue') };
    const env = Object.fromEntries(Object.entries(target).map(([name, value]) => [`MINIO_NOTIFY_WEBHOOK_${name}_MILLRACE`, value]));
    await withS3({ kind: 'minio', env }, async ({ endpoint, accessKey, secretKey }) => {
      const client = openS3Client({ endpoint, accessKey, secretKey });
      await client.makeBucket(BUCKET);
      const log: LogDriver = await openKafkaLog({ brokers: [bootstrap], stateDirectory: path.join(folder, 'reader') });
      const { assetSubmitted } = await openSerdes(openConfluentRegistry({ url: registryUrl }));
      const running = new Set<CliProcess>();
      try {
        await use({
          client,
          start: () => {
            // It lists the bucket when it starts, and not again: what it publishes later it was told of.
            const args = ['inbox', '--mode', mode, '--list-every', '3600', '--listen-on', `127.0.0.1:${port}`];
            const inbox = startCli(args, {
              data: path.join(folder, 'data'),
              env: {
                MILLRACE_KAFKA_BROKERS: bootstrap, MILLRACE_SCHEMA_REGISTRY: registryUrl, MILLRACE_S3_ENDPOINT: endpoint,
                MILLRACE_S3_ACCESS_KEY: accessKey, MILLRACE_S3_SECRET_KEY: secretKey, MILLRACE_S3_INBOX_BUCKET: BUCKET, MILLRACE_S3_INBOX_TOKEN: TOKEN,
              },
            });
            running.add(inbox);
            return inbox;
          },
          published: async () => ((await log.partitionCount(TOPICS.assets)) === undefined ? [] : (await readAll(log, TOPICS.assets)).flatMap(({ value }) => (value === null ? [] : [assetSubmitted.deserialize(value)]))),
        });
      } finally {
        for (const inbox of running) inbox.killAll();
        await log.close();
        client.close();
      }
    });
  }));

const sourcesIn = (events: readonly AssetSubmitted[]): ReadonlySet<string> => new Set(events.map(({ sourceUri }) => sourceUri));

/** How many different objects are published, as soon as there are so many. */
async function whenPublished(published: Setting['published'], count: number): Promise<readonly AssetSubmitted[]> {
  for (;;) {
    const events = await published();
    if (sourcesIn(events).size >= count) return events;
    await sleep(100);
  }
}

for (const mode of ['listen', 'webhook']) {
  describe(`the inbox that hears by ${mode} on a real MinIO`, function () {
    this.timeout(300_000);

    it('loses nothing when it is killed and while it is down, and what it repeats has the same id', () => withInbox(mode, async ({ client, start, published }) => {
      const keys = Array.from({ length: OBJECTS }, (_, i) => `day ${i % 3}/tä+ke & ${i}.mp4`);
      const put = async (from: number, to: number): Promise<void> => {
        for (const key of keys.slice(from, to)) await client.put(BUCKET, key, Buffer.from(key));
      };
      await put(0, 10);
      const first = start();
      await whenPublished(published, 10);
      // In the middle of what it is told.
      const putting = put(10, 60);
      await whenPublished(published, 20);
      first.killAll();
      await first.ended;
      await putting;
      await put(60, 80);
      const before = sourcesIn(await published());
      const missing = keys.slice(0, 80).filter((key) => !before.has(s3Uri(BUCKET, key)));
      expect(missing, 'it was killed when it was done').to.not.deep.equal([]);
      const second = start();
      await whenPublished(published, before.size + 1);
      second.killAll();
      await second.ended;
      start();
      await whenPublished(published, 80);
      await put(80, OBJECTS);
      const events = await whenPublished(published, OBJECTS);
      expect([...sourcesIn(events)].sort()).to.deep.equal(keys.map((key) => s3Uri(BUCKET, key)).sort());
      const ids = new Map(keys.map((key) => [s3Uri(BUCKET, key), new Set<string>()]));
      for (const { sourceUri, eventId } of events) ids.get(sourceUri)?.add(eventId);
      expect([...ids.values()].every((ofObject) => ofObject.size === 1)).to.equal(true);
      expect(new Set(events.map(({ eventId }) => eventId)).size).to.equal(OBJECTS);
    }));
  });
}
