import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readConfig, type Config } from '../../../ops/config/index.ts';
import { elasticsearchOf, kafkaOf, registryOf, s3Of } from '../../../ops/profile/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

const KAFKA = { MILLRACE_KAFKA_BROKERS: 'one:9092, two:9092', MILLRACE_SCHEMA_REGISTRY: 'http://registry:8081' };
const OTHERS = { MILLRACE_ELASTICSEARCH: 'https://e:9200', MILLRACE_S3_ENDPOINT: 'http://s3:9000', MILLRACE_S3_ACCESS_KEY: 'key', MILLRACE_S3_SECRET_KEY: 'secret' };

const configOf = async (env: NodeJS.ProcessEnv, folder = '/'): Promise<Config> => (await readConfig({ env, workingDirectory: folder, findStack: async () => null })).config;

describe('servers of the profile', () => {
  it('are none in the embedded profile, whatever is named', async () => {
    for (const env of [{}, { ...KAFKA, ...OTHERS, MILLRACE_PROFILE: 'embedded' }]) {
      const config = await configOf(env);
      expect([kafkaOf(config), registryOf(config), elasticsearchOf(config), s3Of(config)]).to.deep.equal([null, null, null, null]);
    }
  });

  it('are Kafka and a registry, and of the others those that are named', async () => {
    const config = await configOf({ ...KAFKA, MILLRACE_KAFKA_DRIVER: 'platformatic', MILLRACE_KAFKA_COMPRESSION: 'zstd' });
    expect(kafkaOf(config)).to.deep.equal({ brokers: ['one:9092', 'two:9092'], driver: 'platformatic', compression: 'zstd', tls: false });
    expect(registryOf(config)).to.deep.equal({ url: 'http://registry:8081' });
    expect([elasticsearchOf(config), s3Of(config)]).to.deep.equal([null, null]);
  });

  it('get their logins and certificates', () => withTemporaryFolder(async (folder) => {
    const pem = '-----BEGIN CERTIFICATE-----\n';
    await writeFile(path.join(folder, 'ca.pem'), pem);
    await writeFile(path.join(folder, 'password'), 'secret\n');
    const config = await configOf({
      ...KAFKA, ...OTHERS, MILLRACE_KAFKA_TLS: 'ca.pem', MILLRACE_KAFKA_SASL_MECHANISM: 'scram-sha-512', MILLRACE_KAFKA_USERNAME: 'mill', MILLRACE_KAFKA_PASSWORD_FILE: 'password',
      MILLRACE_SCHEMA_REGISTRY_USERNAME: 'r', MILLRACE_SCHEMA_REGISTRY_PASSWORD: 'rp', MILLRACE_ELASTICSEARCH_CA: 'ca.pem', MILLRACE_ELASTICSEARCH_USERNAME: 'elastic', MILLRACE_ELASTICSEARCH_PASSWORD: 'ep',
      MILLRACE_ELASTICSEARCH_REPLICAS: '2', MILLRACE_S3_CA: 'ca.pem', MILLRACE_S3_SESSION_TOKEN: 'token', MILLRACE_S3_PATH_STYLE: 'false', MILLRACE_S3_PUBLIC_ENDPOINT: 'https://media.example.org',
    }, folder);
    expect(kafkaOf(config)).to.deep.include({ tls: { ca: pem }, sasl: { mechanism: 'scram-sha-512', username: 'mill', password: 'secret' } });
    expect(registryOf(config)).to.have.deep.property('auth', { username: 'r', password: 'rp' });
    expect(elasticsearchOf(config)).to.deep.equal({
      url: ['https://e:9200'], auth: { username: 'elastic', password: 'ep' }, ca: pem, replicas: 2, indexPrefix: 'media', vectorIndex: 'int8_hnsw', shards: 1, refreshIntervalMs: 1000, requestTimeoutMs: 30_000,
    });
    expect(s3Of(config)).to.deep.equal({ endpoint: 'http://s3:9000', publicEndpoint: 'https://media.example.org', region: 'us-east-1', accessKey: 'key', secretKey: 'secret', sessionToken: 'token', pathStyle: false, ca: pem, requestTimeoutMs: 30_000 });
    expect(elasticsearchOf(await configOf({ ...KAFKA, ...OTHERS, MILLRACE_ELASTICSEARCH_API_KEY: 'k' }))).to.have.deep.property('auth', { apiKey: 'k' });
  }));
});
