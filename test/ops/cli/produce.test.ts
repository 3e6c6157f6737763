import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openKafkaLog } from '../../../connectors/kafka/index.ts';
import { openConfluentRegistry } from '../../../connectors/registry/index.ts';
import { assetIdOf } from '../../../ops/ingest/index.ts';
import { openSerdes } from '../../../schemas/index.ts';
import { TOPICS } from '../../../topology/media/index.ts';
import { openTestBucket } from '../../connectors/minio/support/bucket.ts';
import { runCli, type CliResult } from '../../support/cli.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { withKafkaStack } from '../../support/kafka-stack.ts';
import { readAll } from '../../topology/support/log.ts';

describe('millrace produce', function () {
  this.timeout(300_000);

  it('uploads and publishes, publishes in place, and publishes tombstones', () => withTemporaryFolder((folder) => withKafkaStack({ brokers: 1, registry: true }, async (kafka) => {
    const place = await openTestBucket();
    const { bucket, options: s3 } = place;
    const registryUrl = kafka.registryUrl ?? '';
    const media = path.join(folder, 'media');
    await mkdir(media);
    for (const name of ['a.txt', 'b.txt']) await writeFile(path.join(media, name), name);
    const places = { MILLRACE_KAFKA_BROKERS: kafka.bootstrap, MILLRACE_SCHEMA_REGISTRY: registryUrl };
    const store = { MILLRACE_S3_ENDPOINT: s3.endpoint, MILLRACE_S3_ACCESS_KEY: s3.accessKey, MILLRACE_S3_SECRET_KEY: s3.secretKey, MILLRACE_S3_SOURCE_BUCKET: bucket };
    const produce = (args: readonly string[], env: Readonly<Record<string, string>> = { ...places, ...store }): Promise<CliResult> => runCli(['produce', ...args], { data: path.join(folder, 'data'), env });
    const log = await openKafkaLog({ brokers: [kafka.bootstrap], stateDirectory: path.join(folder, 'reader') });
    const { assetSubmitted } = await openSerdes(openConfluentRegistry({ url: registryUrl }));
    try {
      const uploaded = await produce(['--library', 'news', media]);
      expect(uploaded.code, uploaded.stderr).to.equal(0);
      expect(uploaded.stdout).to.match(/^2 events published/).and.include(`2 files uploaded to s3://${bucket}, 0 there already`);
      expect((await produce(['--library', 'news', media])).stdout).to.include(`0 files uploaded to s3://${bucket}, 2 there already`);
      const inPlace = await produce(['--bulk', '--in-place', path.join(media, 'a.txt'), `s3://${bucket}/news/`]);
      expect(inPlace.code, inPlace.stderr).to.equal(0);
      expect(inPlace.stdout).to.match(/^3 events published/);
      const withoutStore = await produce([media], places);
      expect(withoutStore.stderr).to.include('no object store is configured');
      expect((await produce(['--remove', '--library', 'news', media])).stdout).to.equal('2 tombstones published\n');
      const records = await readAll(log, TOPICS.assets);
      const events = records.flatMap(({ value }) => (value === null ? [] : [assetSubmitted.deserialize(value)]));
      const ids = (library: string): string[] => ['a.txt', 'b.txt'].map((name) => assetIdOf(library, path.join(media, name)));
      expect(new Set(events.filter(({ library }) => library === 'news').map(({ assetId }) => assetId))).to.deep.equal(new Set(ids('news')));
      expect(events.filter(({ priority }) => priority === 'BULK').map(({ sourceUri }) => new URL(sourceUri).protocol).sort()).to.deep.equal(['file:', 's3:', 's3:']);
      expect(events.filter(({ library, priority }) => library === 'default' && priority === 'LIVE').map(({ assetId }) => assetId)).to.have.members(ids('default'));
      expect(records.filter(({ value }) => value === null).map(({ key }) => key?.toString())).to.have.members(ids('news'));
    } finally {
      await log.close();
      await place.close();
    }
  })));

  it('says what to use where there is no cluster', () => withTemporaryFolder(async (folder) => {
    const { code, stderr } = await runCli(['produce', 'samples'], { data: folder, env: { MILLRACE_KAFKA_BROKERS: '' } });
    expect(code).to.equal(2);
    expect(stderr).to.include('embedded').and.include('millrace add');
  }));
});
