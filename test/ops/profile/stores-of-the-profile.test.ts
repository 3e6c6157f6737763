/** The same calls open the stores of the data directory and those of real servers. */
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { openS3Client } from '../../../connectors/minio/index.ts';
import { MillraceError, type AssetIndexDocument } from '../../../connectors/ports/index.ts';
import { readConfig, type Config } from '../../../ops/config/index.ts';
import { resolvePaths } from '../../../ops/paths.ts';
import { openBlobs, openIndex, openLog, openSources } from '../../../ops/profile/index.ts';
import { openSource } from '../../../processors/decode/index.ts';
import { testIndexes } from '../../support/elasticsearch-indexes.ts';
import { withTemporaryFolder } from '../../support/folders.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';
import { sharedS3 } from '../../support/servers.ts';

const ASSET: AssetIndexDocument = { assetId: 'a'.repeat(32), revision: 1, library: 'default', mediaKind: 'IMAGE', state: 'COMPLETE', fileName: 'cat.jpg', sourceUri: 'file:///cat.jpg', text: 'cat', tags: [], body: {} };
const FOLDER = 'f'.repeat(64);

const configOf = async (env: NodeJS.ProcessEnv): Promise<Config> => (await readConfig({ env, workingDirectory: '/', findStack: async () => null })).config;

async function codeOf(work: Promise<unknown>): Promise<string | null> {
  const error = await work.then(() => null, (reason: unknown) => reason);
  return error instanceof MillraceError ? error.code : null;
}

describe('stores of the embedded profile', () => {
  it('lie in the data directory', () => withTemporaryFolder(async (data) => {
    const paths = resolvePaths({ data });
    const config = await configOf({});
    expect(await codeOf(openIndex(config, paths, { readOnly: true }))).to.equal('MILL_INDEX_MISSING');
    const log = await openLog(config, paths, { owner: true });
    const { searchIndex, eventIndex } = await openIndex(config, paths);
    try {
      expect(eventIndex).to.equal(undefined);
      await searchIndex.write([{ type: 'asset', document: ASSET }]);
      expect((await searchIndex.counts()).assets).to.equal(1);
      const blobs = await openBlobs(config, paths);
      expect(blobs.localPath(await blobs.put(FOLDER, 'txt', Buffer.from('hello')))).to.match(new RegExp(`^${paths.blobs}/`));
      expect(Object.keys(openSources(config))).to.deep.equal(['file:']);
      const narrow = openSources(await configOf({ MILLRACE_SOURCE_FOLDERS: paths.blobs }));
      expect(await codeOf(openSource('file:///etc/passwd', narrow))).to.equal('MILL_MEDIA_FORBIDDEN');
    } finally {
      await searchIndex.close();
      await log.close();
    }
  }));
});

describe('stores of the cluster profile', function () {
  this.timeout(180_000);

  it('are Kafka, Elasticsearch and the object store', () => withTemporaryFolder(async (data) => {
    const [{ bootstrap, registryUrl }, { endpoint, accessKey, secretKey }, indexes] = await Promise.all([sharedKafka(), sharedS3(), testIndexes()]);
    const bucket = `test-${randomBytes(8).toString('hex')}`;
    const config = await configOf({
      MILLRACE_KAFKA_BROKERS: bootstrap, MILLRACE_SCHEMA_REGISTRY: registryUrl, MILLRACE_ELASTICSEARCH: indexes.url, MILLRACE_ELASTICSEARCH_INDEX_PREFIX: indexes.prefix,
      MILLRACE_S3_ENDPOINT: endpoint, MILLRACE_S3_ACCESS_KEY: accessKey, MILLRACE_S3_SECRET_KEY: secretKey, MILLRACE_S3_BLOB_BUCKET: bucket,
    });
    const client = openS3Client({ endpoint, accessKey, secretKey });
    const paths = resolvePaths({ data });
    const log = await openLog(config, paths, { owner: true });
    try {
      expect(await codeOf(openLog(config, paths, { owner: true }))).to.equal('MILL_STATE_LOCKED');
      const topic = `test-${randomBytes(8).toString('hex')}`;
      await log.driver.ensureTopics([{ topic, partitions: 2 }]);
      await log.driver.produce([{ topic, partition: 1, timestampMs: 0, key: null, value: Buffer.from('x'), headers: {} }]);
      expect(await log.driver.endOffsets(topic)).to.deep.equal([0, 1]);

      expect(await codeOf(openIndex(config, paths, { readOnly: true }))).to.equal('MILL_INDEX_MISSING');
      const { searchIndex, eventIndex } = await openIndex(config, paths);
      expect(eventIndex).to.equal(searchIndex);
      expect(await searchIndex.write([{ type: 'asset', document: ASSET }])).to.deep.equal([]);
      await indexes.refresh();
      expect((await searchIndex.counts()).assets).to.equal(1);
      await searchIndex.close();
      const reading = await openIndex(config, paths, { readOnly: true });
      expect(await reading.searchIndex.assets([ASSET.assetId])).to.deep.equal([ASSET]);
      await reading.searchIndex.close();

      const blobs = await openBlobs(config, paths);
      const key = await blobs.put(FOLDER, 'txt', Buffer.from('hello'));
      expect([blobs.localPath(key), (await blobs.get(key)).toString()]).to.deep.equal([undefined, 'hello']);

      const file = path.join(data, 'here.txt');
      await writeFile(file, 'of the disk');
      for (const [uri, text] of [[pathToFileURL(file).href, 'of the disk'], [`s3://${bucket}/${key}`, 'hello']] as const) {
        const source = await openSource(uri, openSources(config));
        expect((await source.read(0, 100)).toString()).to.equal(text);
        await source.close();
      }
      await blobs.deleteFolder(FOLDER);
    } finally {
      await log.close();
      await indexes.remove();
      await client.removeBucket(bucket).catch(() => undefined);
      client.close();
    }
  }));

  it('keep index and blobs in the data directory where only Kafka is named', () => withTemporaryFolder(async (data) => {
    const { bootstrap, registryUrl } = await sharedKafka();
    const config = await configOf({ MILLRACE_KAFKA_BROKERS: bootstrap, MILLRACE_SCHEMA_REGISTRY: registryUrl });
    const paths = resolvePaths({ data });
    const { searchIndex, eventIndex } = await openIndex(config, paths);
    await searchIndex.close();
    const blobs = await openBlobs(config, paths);
    expect([eventIndex, Object.keys(openSources(config))]).to.deep.equal([undefined, ['file:']]);
    expect(blobs.localPath(await blobs.put(FOLDER, 'txt', Buffer.from('hello')))).to.match(new RegExp(`^${paths.blobs}/`));
  }));
});
