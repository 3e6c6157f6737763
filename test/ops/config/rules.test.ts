import { expect } from 'chai';
import { configOf, KAFKA, wrongs } from './config-support.ts';

const S3 = { MILLRACE_S3_ENDPOINT: 'http://s3:9000', MILLRACE_S3_ACCESS_KEY: 'key', MILLRACE_S3_SECRET_KEY: 'secret' };

describe('what settings ask of each other', () => {
  const cases: readonly (readonly [title: string, env: NodeJS.ProcessEnv, says: string])[] = [
    ['Kafka needs a registry', { MILLRACE_KAFKA_BROKERS: 'one:9092' }, 'MILLRACE_KAFKA_BROKERS: kafka.brokers needs schemaRegistry.url (MILLRACE_SCHEMA_REGISTRY)'],
    ['the cluster profile needs brokers', { MILLRACE_PROFILE: 'cluster' }, 'MILLRACE_PROFILE: profile cluster needs kafka.brokers (MILLRACE_KAFKA_BROKERS), or a local stack: ./millrace stack up'],
    ['a mechanism needs a user', { ...KAFKA, MILLRACE_KAFKA_SASL_MECHANISM: 'plain', MILLRACE_KAFKA_PASSWORD: 'x' }, 'MILLRACE_KAFKA_SASL_MECHANISM: kafka.saslMechanism needs kafka.username (MILLRACE_KAFKA_USERNAME)'],
    ['a password needs a mechanism', { ...KAFKA, MILLRACE_KAFKA_PASSWORD: 'x' }, 'MILLRACE_KAFKA_PASSWORD: kafka.password needs kafka.saslMechanism (MILLRACE_KAFKA_SASL_MECHANISM)'],
    ['a user of the registry needs a password', { ...KAFKA, MILLRACE_SCHEMA_REGISTRY_USERNAME: 'x' }, 'MILLRACE_SCHEMA_REGISTRY_USERNAME: schemaRegistry.username needs schemaRegistry.password (MILLRACE_SCHEMA_REGISTRY_PASSWORD)'],
    ['one login of Elasticsearch is enough', { ...KAFKA, MILLRACE_ELASTICSEARCH: 'http://e:9200', MILLRACE_ELASTICSEARCH_API_KEY: 'k', MILLRACE_ELASTICSEARCH_USERNAME: 'u', MILLRACE_ELASTICSEARCH_PASSWORD: 'p' }, 'MILLRACE_ELASTICSEARCH_API_KEY: elasticsearch.apiKey is instead of elasticsearch.username and password: leave one out'],
    ['keys need an endpoint', { ...KAFKA, MILLRACE_S3_ACCESS_KEY: 'k' }, 'MILLRACE_S3_ACCESS_KEY: s3.accessKey needs s3.endpoint (MILLRACE_S3_ENDPOINT)'],
    ['an address of links needs an endpoint', { ...KAFKA, MILLRACE_S3_PUBLIC_ENDPOINT: 'http://s3:9000' }, 'MILLRACE_S3_PUBLIC_ENDPOINT: s3.publicEndpoint needs s3.endpoint (MILLRACE_S3_ENDPOINT)'],
    ['blobs are no inbox', { ...KAFKA, ...S3, MILLRACE_S3_INBOX_BUCKET: 'millrace-blobs' }, 'MILLRACE_S3_INBOX_BUCKET: s3.inboxBucket must not be the bucket of the blobs (s3.blobBucket)'],
  ];
  for (const [title, env, says] of cases) {
    it(title, async () => {
      expect(await wrongs({ env })).to.deep.equal([says]);
    });
  }

  it('tells a thing that is wrong once, and does not count its value as missing too', async () => {
    expect(await wrongs({ env: { MILLRACE_KAFKA_BROKERS: 'one:9092', MILLRACE_SCHEMA_REGISTRY: 'x' } })).to.have.length(1);
    expect(await wrongs({ env: { ...KAFKA, MILLRACE_KAFKA_SASL_MECHANISM: 'kerberos', MILLRACE_KAFKA_USERNAME: 'u', MILLRACE_KAFKA_PASSWORD: 'p' } })).to.have.length(1);
  });

  it('wants a refresh within the time of a request', async () => {
    const env = { ...KAFKA, MILLRACE_ELASTICSEARCH: 'http://e:9200' };
    expect(await wrongs({ env: { ...env, MILLRACE_ELASTICSEARCH_REFRESH_INTERVAL_MS: '60000' } })).to.have.length(1);
    expect((await configOf({ env: { ...env, MILLRACE_ELASTICSEARCH_REFRESH_INTERVAL_MS: '15000' } })).config.elasticsearch.refreshIntervalMs).to.equal(15_000);
  });

  it('asks nothing of servers that the embedded profile does not use', async () => {
    expect((await configOf({ env: { MILLRACE_PROFILE: 'embedded', MILLRACE_KAFKA_BROKERS: 'one:9092', MILLRACE_S3_ACCESS_KEY: 'k' } })).config.profile).to.equal('embedded');
  });

  it('notes what lies in the data directory where the cluster profile was named', async () => {
    expect((await configOf({ env: KAFKA })).notices).to.deep.equal([]);
    expect((await configOf({ env: { ...KAFKA, MILLRACE_PROFILE: 'cluster' } })).notices).to.deep.equal([
      'profile cluster without elasticsearch.url (MILLRACE_ELASTICSEARCH): the index lies in the data directory',
      'profile cluster without s3.endpoint (MILLRACE_S3_ENDPOINT): blobs lie in the data directory',
    ]);
    expect((await configOf({ env: { ...KAFKA, ...S3, MILLRACE_PROFILE: 'cluster', MILLRACE_ELASTICSEARCH: 'http://e:9200' } })).notices).to.deep.equal([]);
  });

  it('notes servers that nobody uses for want of brokers', async () => {
    const env = { MILLRACE_ELASTICSEARCH: 'http://e:9200' };
    expect((await configOf({ env })).notices).to.deep.equal(['elasticsearch.url is given (MILLRACE_ELASTICSEARCH) and not used: without kafka.brokers (MILLRACE_KAFKA_BROKERS) the profile is embedded']);
    expect((await configOf({ env: { ...env, MILLRACE_PROFILE: 'embedded' } })).notices).to.deep.equal([]);
  });
});
